using MailOps.Wire;

namespace MailOps.Client.Probes;

/// <summary>What a TLS probe looks at.</summary>
/// <param name="Server">The host to connect to, by name or address.</param>
/// <param name="Port">The port, 1 to 65535.</param>
/// <param name="Protocol">What is spoken there.</param>
/// <param name="Tls">When TLS starts: <see cref="TlsMode.StartTls"/> or <see cref="TlsMode.Implicit"/>.</param>
/// <param name="ServerName">The name to ask for (SNI) and to look for in the certificate, if it is not <paramref name="Server"/>.</param>
public sealed record TlsTarget(string Server, int Port, MailProtocol Protocol, TlsMode Tls, string? ServerName = null)
{
    /// <summary>The protocol that is usually spoken on a port; SMTP where none is.</summary>
    public static MailProtocol UsualProtocol(int port) => port switch
    {
        465 or 587 => MailProtocol.Submission,
        110 or 995 => MailProtocol.Pop3,
        143 or 993 => MailProtocol.Imap,
        24 => MailProtocol.Lmtp,
        _ => MailProtocol.Smtp,
    };

    /// <summary>When TLS usually starts on a port (RFC 8314 section 3).</summary>
    public static TlsMode UsualTls(int port) => port is 465 or 993 or 995 ? TlsMode.Implicit : TlsMode.StartTls;

    /// <summary>The port that a protocol usually has.</summary>
    public static int UsualPort(MailProtocol protocol, TlsMode tls) => (protocol, tls) switch
    {
        (MailProtocol.Submission, TlsMode.Implicit) => 465,
        (MailProtocol.Submission, _) => 587,
        (MailProtocol.Pop3, TlsMode.Implicit) => 995,
        (MailProtocol.Pop3, _) => 110,
        (MailProtocol.Imap, TlsMode.Implicit) => 993,
        (MailProtocol.Imap, _) => 143,
        (MailProtocol.Lmtp, _) => 24,
        (_, TlsMode.Implicit) => 465,
        _ => 25,
    };
}
