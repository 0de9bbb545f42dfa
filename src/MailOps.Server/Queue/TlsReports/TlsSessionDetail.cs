namespace MailOps.Server.Queue.TlsReports;

/// <summary>Between whom there was to be TLS.</summary>
/// <param name="Host">The host, by the name of its MX record.</param>
/// <param name="SendingIp">Our address, or null without a connection.</param>
/// <param name="ReceivingIp">The host's address, or null without a connection.</param>
/// <param name="Helo">What the host calls itself, or null.</param>
/// <param name="Reason">What went wrong, as a sentence, or null.</param>
internal sealed record TlsSessionDetail(string Host, string? SendingIp, string? ReceivingIp, string? Helo, string? Reason);
