using System.Diagnostics;
using System.Globalization;

namespace MailOps.Core.Tests.Maildir.Kills;

/// <summary>A process that works on a store (tests/MailOps.StoreWorker) and reports what it begins and what it is promised.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task _reading;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal WorkerProcess(string root, string name, int seed, int writers, Promises promises)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in new[] { Path.Join(AppContext.BaseDirectory, "MailOps.StoreWorker.dll"), root, name, Number(seed), Number(writers) })
            start.ArgumentList.Add(argument);

        // It lives for a blink: compiling well is not worth it.
        start.Environment["DOTNET_TieredPGO"] = "0";
        _process = Process.Start(start)!;
        _reading = Task.Run(() => ReadAsync(name, promises));
    }

    /// <summary>Ends when a change was acknowledged there, or the process has ended.</summary>
    internal Task Ready => _ready.Task;

    /// <summary>What the worker could not do; it never ends by itself without.</summary>
    internal string? Error { get; private set; }

    /// <summary>SIGKILL, and all that it had reported by then.</summary>
    internal async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        await _reading;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private async Task ReadAsync(string name, Promises promises)
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            var fields = line.Split('\t');
            if (fields[0] == "error")
                Error = fields[1];
            else
                promises.Take(name, fields);
            if (fields[0] == "done")
                _ready.TrySetResult();
        }

        _ready.TrySetResult();
    }
}
