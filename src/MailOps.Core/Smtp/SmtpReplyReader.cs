using System.Buffers;
using System.Collections.Immutable;
using System.IO.Pipelines;
using MailOps.Transcripts;
using MailOps.Wire;

namespace MailOps.Smtp;

/// <summary>
/// Reads replies (RFC 5321 section 4.2): of any number of lines within limits, with CRLF or bare LF, with or without
/// text. Anything that is no reply is an error that shows what came instead.
/// </summary>
internal static class SmtpReplyReader
{
    /// <summary>The longest line in octets. RFC 5321 section 4.5.3.1.5 says 512; servers exceed it in EHLO and in texts with addresses.</summary>
    public const int MaxLineLength = 8 * 1024;

    /// <summary>The most lines of one reply.</summary>
    public const int MaxLines = 256;

    /// <summary>The most characters of one reply: those of many recipients are in memory at once.</summary>
    public const int MaxReplyLength = 64 * 1024;

    /// <summary>Reads one reply.</summary>
    /// <param name="input">The pipe.</param>
    /// <param name="step">What the reply answers, for errors: <c>the greeting</c>, <c>MAIL FROM</c>.</param>
    /// <param name="enhanced">True if enhanced status codes at the start of a line are codes, not text. They are text in greetings and in replies to EHLO (RFC 2034 section 4).</param>
    /// <param name="transcript">Where each line is recorded.</param>
    /// <param name="tls">True if the connection is secured.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="MailSessionException">ConnectionLost or ProtocolViolation.</exception>
    public static async ValueTask<SmtpReply> ReadAsync(PipeReader input, string step, bool enhanced, Transcript? transcript, bool tls, CancellationToken cancel)
    {
        var lines = ImmutableArray.CreateBuilder<string>(1);
        var code = 0;
        var length = 0;
        EnhancedStatusCode? status = null;
        while (true)
        {
            var line = await input.ReadLineAsync(MaxLineLength, cancel).ConfigureAwait(false);
            var text = Transcript.Decode(line.Content);
            switch (line.Status)
            {
                case WireLineStatus.Interrupted:
                    input.AdvanceTo(line.Next);
                    throw new OperationCanceledException(cancel);
                case WireLineStatus.TooLong:
                    input.AdvanceTo(line.Next);
                    throw new MailSessionException(MailSessionFault.ProtocolViolation, $"The server's reply to {step} has a line of more than {MaxLineLength} octets. That is no SMTP server, or a broken one.");
                case WireLineStatus.End:
                    if (text.Length > 0)
                        Record(transcript, line, lineEnd: 0, tls);
                    input.AdvanceTo(line.Next);
                    throw Closed(step, text, lines.Count);
            }

            Record(transcript, line, lineEnd: 2, tls);
            input.AdvanceTo(line.Next);
            if (!TryParse(text, out var lineCode, out var last, out var content))
                throw Garbage(step, text);
            if (lines.Count > 0 && lineCode != code)
                throw new MailSessionException(MailSessionFault.ProtocolViolation, $"The server's reply to {step} changes its code from {code} to {lineCode} in the middle (RFC 5321 section 4.2.1).");

            code = lineCode;
            if (enhanced && EnhancedStatusCode.TryParse(content, out var found) && found.Class == code / 100)
            {
                status ??= found;
                content = content[Math.Min(content.Length, found.ToString().Length + 1)..];
            }

            lines.Add(content);
            if ((length += content.Length) > MaxReplyLength)
                throw new MailSessionException(MailSessionFault.ProtocolViolation, $"The server's reply to {step} has more than {MaxReplyLength} characters.");
            if (last)
                return new SmtpReply(code, status, lines.DrainToImmutable());
            if (lines.Count == MaxLines)
                throw new MailSessionException(MailSessionFault.ProtocolViolation, $"The server's reply to {step} has more than {MaxLines} lines.");
        }
    }

    /// <summary>One line of a reply: three digits, then nothing, or a space or hyphen and text.</summary>
    internal static bool TryParse(string line, out int code, out bool last, out string text)
    {
        code = 0;
        last = true;
        text = "";
        if (line.Length < 3 || line[0] is < '1' or > '5' || !char.IsAsciiDigit(line[1]) || !char.IsAsciiDigit(line[2]))
            return false;

        code = ((line[0] - '0') * 100) + ((line[1] - '0') * 10) + (line[2] - '0');
        // RFC 5321 section 4.2: a client must accept a code alone, "250" CRLF, as a last line.
        if (line.Length == 3)
            return true;
        if (line[3] is not (' ' or '-'))
            return false;

        last = line[3] == ' ';
        text = line[4..];
        return true;
    }

    private static MailSessionException Closed(string step, string rest, int lines)
    {
        var where = rest.Length > 0 ? $"in the middle of a line of its reply to {step} (\"{Shorten(rest)}\")"
            : lines > 0 ? $"in the middle of its reply to {step}"
            : $"instead of replying to {step}";
        return new MailSessionException(MailSessionFault.ConnectionLost, $"The server closed the connection {where}.");
    }

    private static MailSessionException Garbage(string step, string line)
    {
        // A TLS record starts with its type and the version: an alert of a server that awaits a handshake.
        var hint = line is ['\x15' or '\x16', '\x03', ..]
            ? "It speaks TLS at once: connect with implicit TLS."
            : "A reply starts with three digits; is this an SMTP port?";
        return new MailSessionException(MailSessionFault.ProtocolViolation, $"The server's reply to {step} is not SMTP: \"{Shorten(line)}\". {hint}");
    }

    private static string Shorten(string text)
    {
        var shown = string.Concat(text.Take(80).Select(c => char.IsControl(c) ? '?' : c));
        return text.Length > 80 ? shown + "…" : shown;
    }

    private static void Record(Transcript? transcript, in WireLine line, int lineEnd, bool tls) =>
        transcript?.Received(line.Content.IsSingleSegment ? line.Content.FirstSpan : line.Content.ToArray(), line.Content.Length + lineEnd, tls);
}
