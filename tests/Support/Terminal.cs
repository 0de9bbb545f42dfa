using Xunit;

namespace MailOps.Tests.Support;

/// <summary>A terminal of 100 by 30 for a program that people work with, in a tmux of its own: keys are pressed, and what the program shows is waited for.</summary>
internal sealed class Terminal : IAsyncDisposable
{
    private readonly string _tmux;
    private readonly string _socket;

    private Terminal(string tmux, string socket) => (_tmux, _socket) = (tmux, socket);

    /// <summary>Starts a program.</summary>
    /// <param name="home">Its home.</param>
    /// <param name="command">A line for the shell.</param>
    public static async Task<Terminal> StartAsync(PrivateFolder home, string command)
    {
        var terminal = new Terminal(Peers.Require("tmux", "tmux"), home.Of("tmux"));
        var line = $"export HOME='{home.Path}' XDG_RUNTIME_DIR='{home.Path}' XDG_CONFIG_HOME= TERM=screen LC_ALL=C.UTF-8; {command}; echo \"ended with $?\"; cat";
        await terminal.RunAsync("-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "30", line);
        return terminal;
    }

    /// <summary>Waits until the screen shows a text, and returns what it shows.</summary>
    public Task<string> WaitForAsync(string text) => WaitAsync(screen => screen.Contains(text, StringComparison.Ordinal), $"'{text}' does not appear");

    /// <summary>Waits until the screen shows a text no more, and returns what it shows.</summary>
    public Task<string> WaitForEndOfAsync(string text) => WaitAsync(screen => !screen.Contains(text, StringComparison.Ordinal), $"'{text}' does not go");

    /// <summary>Waits until the program has ended without an error.</summary>
    public Task WaitForEndAsync() => WaitForAsync("ended with 0");

    /// <summary>Types a text.</summary>
    public Task TypeAsync(string text) => RunAsync("send-keys", "-l", Whole(text));

    /// <summary>Presses keys by tmux's names, such as <c>Enter</c>, <c>C-u</c> and <c>q</c>.</summary>
    public Task PressAsync(params string[] keys) => RunAsync(["send-keys", .. keys.Select(Whole)]);

    public async ValueTask DisposeAsync() => await PeerCommand.RunAsync(_tmux, ["-S", _socket, "kill-server"]);

    private async Task<string> WaitAsync(Func<string, bool> isThere, string complaint)
    {
        var screen = "";
        await Waiting.UntilAsync(
            async () => isThere(screen = await RunAsync("capture-pane", "-p")),
            () => $"{complaint}. The terminal shows:\n{screen.TrimEnd()}");
        return screen;
    }

    // To tmux a semicolon at the end of an argument ends the command.
    private static string Whole(string text) => text.EndsWith(';') ? text[..^1] + "\\;" : text;

    private async Task<string> RunAsync(params string[] arguments) => (await PeerCommand.RunAsync(_tmux, ["-S", _socket, .. arguments])).Succeeded().Output;
}
