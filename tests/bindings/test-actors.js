// SPDX-License-Identifier: LGPL-2.1-or-later
// Actors that watch each other, and publish to each other, in JavaScript.

imports.gi.versions.Pulsar = '1';
const {Gio, GLib, GObject, Pulsar} = imports.gi;
const System = imports.system;

const SIGKILL = 9;

const Victim = GObject.registerClass(class Victim extends Pulsar.Actor {});

Pulsar.command('watch-it', '(s)', async (request, target) => {
    const record = await request.get_actor().watch(target);
    return new GLib.Variant('i', record.signal_number);
}, Pulsar.CommandCallers.ANY);
Pulsar.command('die', null, () => {
    GLib.spawn_command_line_sync(`kill -9 ${new Gio.Credentials().get_unix_pid()}`);
}, Pulsar.CommandCallers.ANY);

Pulsar.command('who', null, request => [request.get_caller().id, request.get_actor().id], Pulsar.CommandCallers.ANY);
Pulsar.command('befriend', '(s)', async (request, target) => {
    const actor = request.get_actor();
    const friend = await actor.open_channel(target);
    const [caller, callee] = await friend.send('who');
    check(caller === actor.id && callee === friend.id, 'another one answered');
    return friend.id;
}, Pulsar.CommandCallers.ANY);

function check(condition, text) {
    if (!condition)
        throw new Error(text);
}

async function assertRejects(promise, code) {
    try {
        await promise;
    } catch (error) {
        check(error.matches?.(GLib.quark_from_string('pulsar-error-quark'), code), `another error: ${error}`);
        return;
    }
    throw new Error('It was not rejected');
}

async function checkWatch(arbiter, worker) {
    const victim = await arbiter.spawn(Victim, 'victim');
    const early = arbiter.watch(victim.id);
    const far = worker.send('watch-it', 'victim');
    const cancellable = new Gio.Cancellable();
    const cancelled = arbiter.watch('victim', cancellable);
    cancellable.cancel();
    await assertRejects(cancelled, Pulsar.Error.CANCELLED);
    victim.post('die');
    const record = await early;
    check(record.signal_number === SIGKILL && record.reason === Pulsar.ExitReason.SIGNALLED, record.to_string());
    check(await far === SIGKILL, 'the worker was told otherwise');
    check((await arbiter.watch('victim')).pid === record.pid, 'it died otherwise later');
    await assertRejects(arbiter.watch('nobody'), Pulsar.Error.UNKNOWN_ACTOR);
}

async function checkChannel(arbiter, worker) {
    const friend = await arbiter.spawn(Victim, 'friend');
    check(await worker.send('befriend', 'friend') === friend.id, 'it has another friend');
    check(await arbiter.open_channel('friend') === friend, 'it has another proxy');
    friend.stop();
}

async function checkTopics(arbiter) {
    const seen = [];
    let id;
    await new Promise(resolve => {
        id = arbiter.subscribe('echo', (actor, topic, value) => {
            seen.push(`${actor === arbiter} ${topic} ${JSON.stringify(value)}`);
            if (seen.length === 3)
                resolve();
        });
        for (const value of [1, {two: [2.5]}, 'three'])
            arbiter.publish('question', value);
    });
    check(seen.join('; ') === 'true echo 1; true echo {"two":[2.5]}; true echo "three"', seen.join('; '));
    check(arbiter.unsubscribe(id) && !arbiter.unsubscribe(id), 'it ended not once');
}

let failure = 'it did not run';

const Program = GObject.registerClass(class Program extends Pulsar.Application {
    vfunc_worker_start(worker, _hook) {
        worker.subscribe('question', (actor, _topic, value) => actor.publish('echo', value));
    }

    vfunc_monitor_start(monitor, _hook) {
        monitor.connect('worker-ready', async (_monitor, worker) => {
            const arbiter = Pulsar.Arbiter.get_default();
            try {
                await checkWatch(arbiter, worker);
                await checkChannel(arbiter, worker);
                await checkTopics(arbiter);
                failure = null;
            } catch (error) {
                failure = `${error}\n${error.stack}`;
            }
            arbiter.stop();
        });
    }
});

const program = new Program({name: 'actors', parameters: {workers: 1}});
const status = program.run();
if (!Pulsar.is_worker()) {
    if (failure !== null)
        printerr(failure);
    print(`1..1\n${failure === null && status === 0 ? 'ok' : 'not ok'} 1 actors`);
}
System.exit(status);
