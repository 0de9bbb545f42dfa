using System.Net;
using MailOps.Wire;

namespace MailOps.Client.Probes;

/// <summary>
/// Whether a server throws away what was sent in the clear behind STARTTLS. If it does not, somebody on the way can put
/// commands into the secured session (RFC 3207 section 4.2, RFC 2595 section 2.2, CVE-2011-0411).
/// </summary>
internal sealed class StartTlsInjection(TlsTarget target, IPAddress address, string? serverName, TlsProbeOptions options)
{
    private const string Source = "RFC 3207 section 4.2, CVE-2011-0411";

    public async Task<Finding> RunAsync(CancellationToken cancel)
    {
        await using var opened = await ProbeConnection.OpenAsync(target, address, options, cancel).ConfigureAwait(false);
        if (opened.Connection is not { } connection)
            return Unknown(opened.Stop!.Message, opened.Stop.Evidence);

        // The injected command's reply cannot be taken for that of the command sent inside TLS.
        var (injected, own, mark) = target.Protocol switch
        {
            MailProtocol.Pop3 => ("XMAILOPS", "CAPA", "-ERR"),
            MailProtocol.Imap => ("p8 NOOP", "p9 CAPABILITY", "p8 "),
            MailProtocol.Lmtp => ("XMAILOPS", "LHLO " + StartTlsDialogue.AddressLiteral(opened.Local), "50"),
            _ => ("XMAILOPS", "EHLO " + StartTlsDialogue.AddressLiteral(opened.Local), "50"),
        };
        var outcome = await StartTlsDialogue.ReachAsync(new ProbeLines(connection, options, cancel), target.Protocol, opened.Local, injected).ConfigureAwait(false);
        if (outcome.Stop is { } stop)
            return stop.Status == FindingStatus.Blocked
                ? Pass("The server drops a connection on which something follows STARTTLS in the clear.", stop.Message)
                : stop.Check == "StartTls" ? Pass("The server refuses STARTTLS when something follows it in the clear.", stop.Evidence) : Unknown(stop.Message, stop.Evidence);

        var handshake = await TlsHandshake.RunAsync(connection, serverName, options, cancel).ConfigureAwait(false);
        if (handshake.Facts is null)
            return handshake.TimedOut
                ? Unknown("The handshake came to no end after the injected command.", handshake.Failure!)
                : Pass("The server breaks off the handshake when something follows STARTTLS in the clear.", handshake.Failure!);

        var lines = new ProbeLines(connection, options, cancel);
        await lines.SendAsync(own).ConfigureAwait(false);
        var first = await lines.ReadAsync().ConfigureAwait(false);
        if (first is null)
            return lines.Trouble!.Value.Message.Contains("closed", StringComparison.Ordinal) || lines.Trouble.Value.Message.Contains("reset", StringComparison.Ordinal)
                ? Pass("The server drops the session when something followed STARTTLS in the clear.", lines.Trouble.Value.Message)
                : Unknown(lines.Trouble.Value.Message, lines.Trouble.Value.Evidence);
        return first.StartsWith(mark, StringComparison.Ordinal)
            ? new Finding { Check = "StartTlsInjection", Status = FindingStatus.Fail, Message = "The server carries out inside TLS what was sent before it in the clear: anybody on the way can inject commands.", Evidence = first, Source = Source }
            : Pass("The server throws away what follows STARTTLS in the clear.", first);
    }

    private static Finding Pass(string message, string evidence) =>
        new() { Check = "StartTlsInjection", Status = FindingStatus.Pass, Message = message, Evidence = evidence, Source = Source };

    private static Finding Unknown(string message, string evidence) =>
        new() { Check = "StartTlsInjection", Status = FindingStatus.Unknown, Message = "Whether commands can be injected before TLS could not be told. " + message, Evidence = evidence, Source = Source };
}
