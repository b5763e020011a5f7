// SPDX-License-Identifier: LGPL-2.1-or-later
// Workers in JavaScript that hand a live client, a listening socket and an open file to each other.

imports.gi.versions.Pulsar = '1';
const {Gio, GLib, GObject, Pulsar} = imports.gi;
const System = imports.system;

Gio._promisify(Gio.SocketClient.prototype, 'connect_to_host_async');
Gio._promisify(Gio.OutputStream.prototype, 'write_bytes_async');
Gio._promisify(Gio.InputStream.prototype, 'read_bytes_async');

const PID = new Gio.Credentials().get_unix_pid();
const sockets = new Map();  // what this worker serves, with its source

function check(condition, text) {
    if (!condition)
        throw new Error(text);
}

function watch(socket, isListener) {
    const stream = new Gio.UnixInputStream({fd: socket.get_fd(), close_fd: false});  // the source of a socket is not for bindings
    const source = stream.create_source(null);
    source.set_callback(() => {
        if (isListener) {
            watch(socket.accept(null), false);
            return true;
        }
        const data = stream.read_bytes(256, null).toArray();
        if (data.length === 0) {
            sockets.delete(socket);
            socket.close();
            return false;
        }
        socket.send(new TextEncoder().encode(`${PID} ${new TextDecoder().decode(data)}`), null);
        return true;
    });
    source.attach(null);
    sockets.set(socket, source);
}

Pulsar.command('listen', null, () => {
    const address = Gio.InetSocketAddress.new(Gio.InetAddress.new_loopback(Gio.SocketFamily.IPV4), 0);
    const listener = Gio.Socket.new(Gio.SocketFamily.IPV4, Gio.SocketType.STREAM, Gio.SocketProtocol.TCP);
    listener.bind(address, true);
    listener.listen();
    watch(listener, true);
    return listener.get_local_address().get_port();
}, Pulsar.CommandCallers.ANY);

Pulsar.command('move', '(s)', async (request, target) => {
    const moved = [...sockets.keys()];
    for (const source of sockets.values())
        source.destroy();
    sockets.clear();
    const [n] = await request.get_actor().send_with_fds(target, 'adopt', moved);
    moved.forEach(socket => socket.close());
    return n;
}, Pulsar.CommandCallers.ANY);

// The listener first, then those it accepted.
Pulsar.command('adopt', null, request => {
    request.steal_fds().forEach((fd, i) => watch(Gio.Socket.new_from_fd(fd), i === 0));
    return sockets.size;
}, Pulsar.CommandCallers.ANY);

Pulsar.command('lend', null, request => {
    const [file, stream] = Gio.File.new_tmp(null);
    stream.get_output_stream().write_all('lent', null);
    const back = file.read(null);
    file.delete(null);
    request.return_value_with_fds(PID, [back]);
}, Pulsar.CommandCallers.ANY);

Pulsar.command('borrow', '(s)', async (request, target) => {
    const [pid, [fd]] = await request.get_actor().send_with_fds(target, 'lend', []);
    check(pid !== PID, 'it answered itself');
    const stream = new Gio.UnixInputStream({fd, close_fd: true});
    const bytes = await stream.read_bytes_async(16, GLib.PRIORITY_DEFAULT, null);
    return new TextDecoder().decode(bytes.toArray());
}, Pulsar.CommandCallers.ANY);

// Says something to the server; the process that echoed it.
async function talk(client, word) {
    await client.get_output_stream().write_bytes_async(new TextEncoder().encode(word), GLib.PRIORITY_DEFAULT, null);
    const answer = await client.get_input_stream().read_bytes_async(256, GLib.PRIORITY_DEFAULT, null);
    const [, pid, text] = /^(\d+) ([^]*)$/.exec(new TextDecoder().decode(answer.toArray()));
    check(text === word, `echoed: ${text}`);
    return Number(pid);
}

async function checkAll([one, other]) {
    const port = await one.send('listen');
    const gioClient = new Gio.SocketClient({enable_proxy: false});
    const client = await gioClient.connect_to_host_async('127.0.0.1', port, null);
    check(await talk(client, 'one\n') === one.pid, 'the first one does not serve');
    check(await one.send('move', other.id) === 2, 'it did not move');
    check(await talk(client, 'two\n') === other.pid, 'the other one does not serve');
    check(await other.send('move', one.id) === 2, 'it did not move back');
    check(await talk(client, 'three\n') === one.pid, 'the first one does not serve again');
    const later = await gioClient.connect_to_host_async('127.0.0.1', port, null);
    check(await talk(later, 'later\n') === one.pid, 'the listener did not move');
    check(await one.send('borrow', other.id) === 'lent', 'nothing was lent');
    await one.post_with_fds('ping', [0]);
}

let failure = 'it did not run';
const ready = [];

const Program = GObject.registerClass(class Program extends Pulsar.Application {
    vfunc_monitor_start(monitor, _hook) {
        monitor.connect('worker-ready', async (_monitor, worker) => {
            ready.push(worker);
            if (ready.length < 2)
                return;
            try {
                await checkAll(ready);
                failure = null;
            } catch (error) {
                failure = `${error}\n${error.stack}`;
            }
            Pulsar.Arbiter.get_default().stop();
        });
    }
});

const program = new Program({name: 'descriptors', parameters: {workers: 2}});
const status = program.run();
if (!Pulsar.is_worker()) {
    if (failure !== null)
        printerr(failure);
    print(`1..1\n${failure === null && status === 0 ? 'ok' : 'not ok'} 1 descriptors`);
}
System.exit(status);
