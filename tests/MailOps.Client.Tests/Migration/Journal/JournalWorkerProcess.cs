using System.Diagnostics;
using System.Globalization;

namespace MailOps.Client.Tests.Migration.Journal;

/// <summary>A process that takes steps in a journal (tests/MailOps.JournalWorker).</summary>
internal sealed class JournalWorkerProcess : IDisposable
{
    private readonly Process _process;

    /// <param name="journal">The file.</param>
    /// <param name="first">Its first step.</param>
    /// <param name="waits">It waits for ever after that.</param>
    internal JournalWorkerProcess(string journal, int first, bool waits)
        : this(journal, first.ToString(CultureInfo.InvariantCulture), waits ? "wait" : "go")
    {
    }

    /// <param name="arguments">What the worker is told.</param>
    internal JournalWorkerProcess(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in arguments.Prepend(Path.Join(AppContext.BaseDirectory, "MailOps.JournalWorker.dll")))
            start.ArgumentList.Add(argument);
        start.Environment["DOTNET_TieredPGO"] = "0";
        _process = Process.Start(start)!;
    }

    /// <summary>The last step that it said it begins, and the last that it said was done; -1 for none.</summary>
    internal (int Begun, int Done) Steps { get; private set; } = (-1, -1);

    /// <summary>Reads what it says until it says a line that begins so.</summary>
    /// <returns>The line.</returns>
    internal async Task<string> UntilAsync(string start)
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            Take(line);
            if (line.StartsWith(start, StringComparison.Ordinal))
                return line;
        }

        throw new InvalidOperationException($"The worker ended before it said '{start}'.");
    }

    /// <summary>Sends it a signal.</summary>
    /// <param name="name">Without SIG.</param>
    internal void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>SIGKILL, and all that it had said by then.</summary>
    internal async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
            Take(line);
    }

    /// <summary>SIGKILL while somebody reads what it says, who hears then that it ended, or what it had said last.</summary>
    internal async Task KillAsync(Task reader)
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        await reader.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }

    private void Take(string line)
    {
        if (line.Split(' ') is [var what, var number] && int.TryParse(number, CultureInfo.InvariantCulture, out var step))
            Steps = what == "begin" ? (step, Steps.Done) : (Steps.Begun, step);
    }
}
