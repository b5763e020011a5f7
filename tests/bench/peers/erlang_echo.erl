%% SPDX-License-Identifier: LGPL-2.1-or-later
%% One process asks, a process of another node sends back; what is read and printed says bench-peer-program.c.
-module(erlang_echo).
-export([echo/0, ask/1]).

echo() ->
    register(echo, self()),
    echo_loop().

echo_loop() ->
    receive
        {From, Message} when is_pid(From) -> From ! {self(), Message}
    end,
    echo_loop().

ask(Node) ->
    connect(Node, 500),
    Pid = wait_for_echo(Node, 500),
    EchoPid = rpc:call(Node, os, getpid, []),
    io:format("~s ~s~n", [os:getpid(), EchoPid]),
    runs(Pid).

connect(_, 0) ->
    halt(1);
connect(Node, Tries) ->
    case net_kernel:connect_node(Node) of
        true -> ok;
        _ -> timer:sleep(20), connect(Node, Tries - 1)
    end.

wait_for_echo(_, 0) ->
    halt(1);
wait_for_echo(Node, Tries) ->
    case rpc:call(Node, erlang, whereis, [echo]) of
        Pid when is_pid(Pid) -> Pid;
        _ -> timer:sleep(20), wait_for_echo(Node, Tries - 1)
    end.

runs(Pid) ->
    case io:get_line("") of
        eof -> halt(0);
        Line ->
            [Size, Milliseconds] = [list_to_integer(Word) || Word <- string:lexemes(string:trim(Line), " ")],
            Begin = erlang:monotonic_time(microsecond),
            {N, End} = run(Pid, binary:copy(<<0>>, Size), Begin + Milliseconds * 1000, 0),
            io:format("~f~n", [N * 1000000 / (End - Begin)]),
            runs(Pid)
    end.

run(Pid, Message, End, N) ->
    rounds(Pid, Message, 16),
    case erlang:monotonic_time(microsecond) of
        Now when Now >= End -> {N + 16, Now};
        _ -> run(Pid, Message, End, N + 16)
    end.

rounds(_, _, 0) ->
    ok;
rounds(Pid, Message, N) ->
    Pid ! {self(), Message},
    receive
        {Pid, _} -> ok
    end,
    rounds(Pid, Message, N - 1).
