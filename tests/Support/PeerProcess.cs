using System.Diagnostics;
using System.Text;

namespace MailOps.Tests.Support;

/// <summary>Another program that a test runs for itself, in the foreground; ended with the test.</summary>
internal sealed class PeerProcess : IAsyncDisposable
{
    private readonly StringBuilder _output = new();
    private readonly Process _process;

    private PeerProcess(Process process) => _process = process;

    /// <summary>The folder that goes with it, removed at its end.</summary>
    public PrivateFolder? Folder { get; set; }

    /// <summary>What it wrote so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <summary>Starts a program that stays in the foreground and waits until all its ports take connections.</summary>
    public static async Task<PeerProcess> StartAsync(string program, IEnumerable<string> arguments, params int[] ports)
    {
        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        var peer = new PeerProcess(Process.Start(start)!);
        peer._process.OutputDataReceived += (_, e) => peer.Keep(e.Data);
        peer._process.ErrorDataReceived += (_, e) => peer.Keep(e.Data);
        peer._process.BeginOutputReadLine();
        peer._process.BeginErrorReadLine();
        foreach (var port in ports)
            await ListeningPorts.WaitForAsync(peer._process, program, port, () => peer.Output);
        return peer;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        Folder?.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;
        lock (_output)
            _output.AppendLine(line);
    }
}
