using System.Text;
using MailOps.Wire;

namespace MailOps.Client.Probes;

/// <summary>Reads what a server says before TLS, within bounds, with the step's own deadline.</summary>
internal sealed class ProbeLines(DuplexConnection connection, TlsProbeOptions options, CancellationToken cancel)
{
    private const int MaxLine = 8 * 1024;
    private const int MaxLines = 500;

    /// <summary>What is wrong with the last line, or null: the reason why <see cref="ReadAsync()"/> gave null.</summary>
    public (FindingStatus Status, string Message, string Evidence)? Trouble { get; private set; }

    /// <summary>The next line as Latin-1 text, or null if none came.</summary>
    public async ValueTask<string?> ReadAsync()
    {
        using var step = StepTime.Start(options.Timeout, options.TimeProvider, cancel);
        return await ReadAsync(step.Token).ConfigureAwait(false);
    }

    /// <summary>Reads lines up to and with the one that <paramref name="isLast"/> takes for the last; null if it never comes.</summary>
    public async ValueTask<List<string>?> ReadToAsync(Func<string, bool> isLast)
    {
        // One step for the whole reply: a line now and then is no answer.
        using var step = StepTime.Start(options.Timeout, options.TimeProvider, cancel);
        var lines = new List<string>();
        while (await ReadAsync(step.Token).ConfigureAwait(false) is { } line)
        {
            lines.Add(line);
            if (isLast(line))
                return lines;
            if (lines.Count >= MaxLines)
            {
                Trouble = (FindingStatus.Fail, FormattableString.Invariant($"The server's reply has no end after {MaxLines} lines."), line);
                return null;
            }
        }

        if (step.IsOver && lines.Count > 0)
            Trouble = (FindingStatus.Fail, FormattableString.Invariant($"The server's reply has no end within {options.Timeout.TotalSeconds:0.###} s."), lines[^1]);
        return null;
    }

    /// <summary>Sends a line. A peer that is gone shows at the next read.</summary>
    public async ValueTask SendAsync(string line)
    {
        using var deadline = new CancellationTokenSource(options.Timeout, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, deadline.Token);
        try
        {
            await connection.Output.WriteAsync(Encoding.Latin1.GetBytes(line + "\r\n"), either.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException || e is OperationCanceledException && !cancel.IsCancellationRequested)
        {
            Trouble = (FindingStatus.Blocked, "The connection was lost while a command was sent.", e.Message);
        }
    }

    private async ValueTask<string?> ReadAsync(CancellationToken within)
    {
        try
        {
            var line = await connection.Input.ReadLineAsync(MaxLine, within).ConfigureAwait(false);
            var text = Encoding.Latin1.GetString(line.Content);
            if (line.Status == WireLineStatus.Line)
            {
                connection.Input.AdvanceTo(line.Next);
                return text;
            }

            Trouble = line.Status == WireLineStatus.TooLong
                ? (FindingStatus.Fail, FormattableString.Invariant($"The server sent more than {MaxLine} octets without a line end."), "")
                : (FindingStatus.Blocked, "The server closed the connection instead of answering: a limit or a filter may be in the way.", text);
            connection.Input.AdvanceTo(line.Next);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            Trouble = (FindingStatus.Blocked, FormattableString.Invariant($"The server said nothing for {options.Timeout.TotalSeconds:0.###} s. If it expects TLS from the first octet, this is the wrong mode for the port."), "");
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            Trouble = (FindingStatus.Blocked, "The connection was reset before the server had answered.", e.Message);
        }

        return null;
    }
}
