// Stack traces as the runtimes print them, each one event.

export const TRACES: Readonly<Record<string, string>> = {
  Java: `2026-11-21 10:47:32.084 ERROR 1 --- [nio-8080-exec-1] o.a.c.c.C.[dispatcherServlet] : Servlet.service() threw
java.lang.IllegalStateException: Failed to execute query
\tat com.example.Repo.find(Repo.java:42) ~[app.jar:1.0]
\tat java.base/java.lang.Thread.run(Thread.java:833)
\tSuppressed: java.io.IOException: close failed
\t\tat com.example.Repo.close(Repo.java:50)
Caused by: org.postgresql.util.PSQLException: ERROR: relation "x" does not exist
  Position: 15
\tat org.postgresql.core.v3.QueryExecutorImpl.receive(QueryExecutorImpl.java:2713)
\t... 12 more
Caused by: java.lang.NullPointerException
... 8 common frames omitted`,
  "Java, uncaught": `Exception in thread "main" java.lang.RuntimeException: boom
\tat Main.main(Main.java:3)
Caused by: java.lang.Error
\tat Main.f(Main.java:9)
\t... 1 more`,
  Kotlin: `kotlin.UninitializedPropertyAccessException: lateinit property x has not been initialized
\tat MainKt.main(Main.kt:4)
\tat MainKt$main$1.invokeSuspend(Main.kt:9)`,
  Scala: `[error] (run-main-0) scala.MatchError: 3 (of class java.lang.Integer)
scala.MatchError: 3 (of class java.lang.Integer)
\tat Main$.main(Main.scala:5)`,
  Python: `Traceback (most recent call last):
  File "/app/main.py", line 10, in <module>
    run()
    ~~~^^
  File "/app/main.py", line 6, in run
    return 1 / 0
           ~~^~~
ZeroDivisionError: division by zero`,
  "Python, chained": `Traceback (most recent call last):
  File "/app/a.py", line 3, in f
    d["x"]
KeyError: 'x'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/app/a.py", line 5, in g
    raise app.errors.Missing("x") from e
app.errors.Missing: x

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/app/a.py", line 9, in <module>
    g()
KeyboardInterrupt`,
  "Python, group": `ERROR:root:failed
  + Exception Group Traceback (most recent call last):
  |   File "/app/a.py", line 1, in <module>
  | ExceptionGroup: two (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | ValueError: x
    +------------------------------------`,
  Go: `panic: runtime error: invalid memory address or nil pointer dereference [recovered]
\tpanic: runtime error: invalid memory address or nil pointer dereference
[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x47a3b2]

goroutine 1 [running]:
panic({0x4a1b20?, 0x5332c0?})
\t/usr/local/go/src/runtime/panic.go:884 +0x213
main.(*Server).handle(0xc000012345, {0x1, 0x2})
\t/app/server.go:42 +0x1d
main.glob..func1(...)
\t/app/main.go:7
main.main()
\t/app/main.go:9 +0x1d

goroutine 6 [select, 2 minutes]:
net/http.(*conn).serve(0xc0000a0000)
\t/usr/local/go/src/net/http/server.go:1995 +0x612
created by net/http.(*Server).Serve in goroutine 1
\t/usr/local/go/src/net/http/server.go:3086 +0x5cb
exit status 2`,
  "Go, deadlock": `fatal error: all goroutines are asleep - deadlock!

goroutine 1 [chan receive]:
main.main()
\t/app/main.go:5 +0x25`,
  "Go, signal": `SIGQUIT: quit
PC=0x45c9a1 m=0 sigcode=0

goroutine 0 [idle]:
runtime.futex()
\t/usr/local/go/src/runtime/sys_linux_amd64.s:557 +0x21 fp=0x7ffc sp=0x7ffc pc=0x45c9a1
...additional frames elided...

rax    0xca
rflags 0x286`,
  "Go, recovered by net/http": `2026/11/21 10:47:32 http: panic serving 10.0.0.1:5000: boom
goroutine 35 [running]:
net/http.(*conn).serve.func1()
\t/usr/local/go/src/net/http/server.go:1868 +0xb9
created by net/http.(*Server).Serve
\t/usr/local/go/src/net/http/server.go:3086 +0x5cb`,
  "Node.js": `/app/index.js:3
    throw new Error("boom");
    ^

Error: boom
    at Object.<anonymous> (/app/index.js:3:9)
    at node:internal/main/run_main_module:23:47 {
  code: 'E_BOOM',
  errno: -111,
  [cause]: TypeError: inner
      at f (/app/index.js:1:1) {
    details: [
      1
    ]
  }
}

Node.js v24.0.0`,
  "Node.js, logged": `Error: connect ECONNREFUSED 127.0.0.1:5432
    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1555:16) {
  errno: -111,
  code: 'ECONNREFUSED'
}`,
  "Node.js, a module is missing": `node:internal/modules/cjs/loader:1147
  throw err;
  ^

Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/app/x.js'
    at Module._resolveFilename (node:internal/modules/cjs/loader:1144:15) {
  requireStack: []
}

Node.js v24.0.0`,
  "Node.js, a rejection": `node:internal/process/promises:288
            triggerUncaughtException(err, true /* fromPromise */);
            ^

[UnhandledPromiseRejection: This error originated either by throwing inside of an async function] {
  code: 'ERR_UNHANDLED_REJECTION'
}
(Use \`node --trace-uncaught ...\` to show where the exception was thrown)

Node.js v24.0.0`,
  ".NET": `Unhandled exception. System.InvalidOperationException: outer
 ---> System.ArgumentNullException: Value cannot be null. (Parameter 'x')
   at App.Program.F(String x) in /src/Program.cs:line 12
   --- End of inner exception stack trace ---
   at App.Program.Main(String[] args) in /src/Program.cs:line 5
--- End of stack trace from previous location ---
   at System.Runtime.CompilerServices.TaskAwaiter.GetResult()`,
  ".NET, logged": `fail: Microsoft.AspNetCore.Server.Kestrel[13]
      Connection id "0HM", Request id "0HM:1": An unhandled exception was thrown by the application.
      System.Exception: boom
         at App.Startup.<>c.<Configure>b__1(HttpContext context) in /src/Startup.cs:line 31`,
  ".NET, unindented exception": `ERROR request failed
System.Net.Http.HttpRequestException: Connection refused (db:5432)
---> System.Net.Sockets.SocketException (111): Connection refused
   at System.Net.Sockets.Socket.AwaitableSocketAsyncEventArgs.ThrowException(SocketError error)`,
  Ruby: `app.rb:3:in 'foo': boom (RuntimeError)
\tfrom app.rb:6:in 'bar'
\tfrom app.rb:9:in '<main>'`,
  "Ruby on Rails": `F, [2026-11-21T10:47:32.084933 #1] FATAL -- : NoMethodError (undefined method \`x' for nil:NilClass):
app/controllers/x_controller.rb:5:in \`index'
/usr/local/bundle/gems/rack-2.2.8/lib/rack/logger.rb:17:in \`call'`,
  PHP: `PHP Fatal error:  Uncaught Exception: boom in /app/x.php:3
Stack trace:
#0 /app/x.php(6): foo()
#1 {main}

Next RuntimeException: outer in /app/x.php:8
Stack trace:
#0 {main}
  thrown in /app/x.php on line 8`,
  Monolog: `[2026-11-21T10:47:32.084933+00:00] app.ERROR: boom {"exception":"[object] (Exception(code: 0): boom at /app/x.php:3)
[stacktrace]
#0 /app/x.php(6): foo()
#1 {main}
"}`,
  Rust: `thread 'main' panicked at src/main.rs:2:5:
index out of bounds: the len is 3 but the index is 5
stack backtrace:
   0: rust_begin_unwind
             at /rustc/abc/library/std/src/panicking.rs:645:5
   1: app::main
note: Some details are omitted, run with \`RUST_BACKTRACE=full\` for a verbose backtrace.`,
  "Rust before 1.73": `thread 'tokio-runtime-worker' panicked at 'boom', src/main.rs:2:5
note: run with \`RUST_BACKTRACE=1\` environment variable to display a backtrace`,
  Elixir: `** (RuntimeError) boom
    (app 0.1.0) lib/app.ex:5: App.run/1`,
  "an object over several lines": `request {
  method: 'GET',
  headers: [
    'a'
  ]
}`,
};
