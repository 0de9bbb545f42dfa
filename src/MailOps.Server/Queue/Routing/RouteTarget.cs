using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using MailOps.Dns;

namespace MailOps.Server.Queue.Routing;

/// <summary>
/// Where a route leads, as an administrator writes it: <c>example.net</c> (the exchangers of that domain), <c>[mail.example.net]:587</c> (that
/// host, whatever its MX records say), <c>[192.0.2.1]</c>, <c>smtps:[host]:465</c> (TLS from the first octet, which port 465 means by itself),
/// <c>lmtp:[host]:24</c>, or <c>lmtp:/run/lmtp.sock</c>. Before a host in brackets a login may stand, <c>user@[mail.example.net]:587</c>: one of
/// several that are kept for it.
/// </summary>
public sealed record RouteTarget
{
    private const string LmtpPrefix = "lmtp:";
    private const string TlsPrefix = "smtps:";
    private const int TlsPort = 465;

    private RouteTarget(string text, string host)
    {
        Text = text;
        Host = host;
    }

    /// <summary>The target as it is written, in one form for all that mean the same.</summary>
    public string Text { get; }

    /// <summary>The domain or host with A-labels, an address, or a path.</summary>
    public string Host { get; }

    /// <summary>The port, or null for the usual one.</summary>
    public int? Port { get; private init; }

    /// <summary>True if the host's MX records are asked for.</summary>
    public bool UsesMx { get; private init; }

    /// <summary>True if LMTP is spoken (RFC 2033).</summary>
    public bool IsLmtp { get; private init; }

    /// <summary>True if TLS begins with the connection (RFC 8314 section 3.3).</summary>
    public bool IsImplicitTls { get; private init; }

    /// <summary>The login that is used there, of several; null for the one that there is.</summary>
    public string? Login { get; private init; }

    /// <summary>True if <see cref="Host"/> is the path of a Unix socket.</summary>
    public bool IsSocket => Host.StartsWith('/');

    /// <summary>The host's address if it was written as one, or null.</summary>
    public IPAddress? Address => IPAddress.TryParse(Host, out var address) ? address : null;

    /// <summary>The target of mail for a domain, without a route: its exchangers.</summary>
    /// <param name="domain">With A-labels, in small letters; or an address literal in brackets, as in an envelope (RFC 5321 section 4.1.3).</param>
    internal static RouteTarget Of(string domain) => domain is ['[', .. var literal, ']']
        ? new RouteTarget(domain, literal.StartsWith("IPv6:", StringComparison.OrdinalIgnoreCase) ? literal[5..] : literal)
        : new RouteTarget(domain, domain) { UsesMx = true };

    /// <summary>Reads a target.</summary>
    /// <param name="text">The text.</param>
    /// <param name="target">The target, if it is one.</param>
    /// <param name="error">What is wrong with it otherwise, as a sentence.</param>
    public static bool TryParse(string? text, [NotNullWhen(true)] out RouteTarget? target, [NotNullWhen(false)] out string? error)
    {
        (target, error) = (null, null);
        var rest = (text ?? "").Trim();
        var isLmtp = rest.StartsWith(LmtpPrefix, StringComparison.OrdinalIgnoreCase);
        var isTls = rest.StartsWith(TlsPrefix, StringComparison.OrdinalIgnoreCase);
        rest = isLmtp ? rest[LmtpPrefix.Length..] : isTls ? rest[TlsPrefix.Length..] : rest;
        if (TakeLogin(ref rest, out var login) && isLmtp)
            error = $"'{text}' has a login, and LMTP has none.";
        else if (rest.Contains('@', StringComparison.Ordinal) && !rest.StartsWith('/'))
            error = $"'{text}' is no target: a login stands before a host in brackets, such as user@[mail.example.net]:587, and has no space or colon.";
        else if (isTls && !rest.StartsWith('['))
            error = $"'{text}' is no target: behind smtps: give a host in brackets, such as smtps:[mail.example.net]:465.";
        else if (rest.Length == 0)
            error = "The target is empty. Give a domain, a host in brackets such as [mail.example.net]:587, or lmtp: and a path.";
        else if (rest.StartsWith('/'))
            return TrySocket(rest, isLmtp, out target, out error);
        else if (!TrySplit(rest, out var host, out var isBracketed, out var port))
            error = $"'{text}' is no target: give a domain, a host in brackets such as [mail.example.net]:587, or lmtp: and a path. A port is 1 to 65535.";
        else if (IPAddress.TryParse(host, out var address))
            target = isBracketed ? Make(address.ToString(), isBracketed: true, port, isLmtp, isTls, login) : null;
        else if (DnsName.TryParse(host, out var name, out error))
            target = Make(name.Ascii, isBracketed, port, isLmtp, isTls, login);

        if (target is null)
            error ??= $"'{text}' is an address: write it in brackets, [{text}].";
        return target is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static bool TrySocket(string path, bool isLmtp, out RouteTarget? target, out string? error)
    {
        target = isLmtp ? new RouteTarget(LmtpPrefix + path, path) { IsLmtp = true } : null;
        error = isLmtp ? null : $"'{path}' is the path of a socket, which is spoken to with LMTP: write lmtp:{path}.";
        return isLmtp;
    }

    // Only the exchangers of a domain are asked for by MX, and LMTP has none.
    private static RouteTarget Make(string host, bool isBracketed, int? port, bool isLmtp, bool isTls, string? login)
    {
        var usesMx = !isBracketed && !isLmtp;
        port ??= isTls ? TlsPort : null;
        var text = usesMx ? host : $"[{host}]";
        if (port is not null)
            text += string.Create(CultureInfo.InvariantCulture, $":{port}");
        if (login is not null)
            text = $"{login}@{text}";
        text = isLmtp ? LmtpPrefix + text : isTls && port != TlsPort ? TlsPrefix + text : text;
        return new RouteTarget(text, host) { Port = port, UsesMx = usesMx, IsLmtp = isLmtp, IsImplicitTls = isTls || (port == TlsPort && isBracketed && !isLmtp), Login = login };
    }

    // A login may be an address itself: its end is the last sign before the bracket.
    private static bool TakeLogin(ref string text, [NotNullWhen(true)] out string? login)
    {
        var end = text.IndexOf("@[", StringComparison.Ordinal);
        login = end > 0 ? text[..end] : null;
        if (login is null || login.AsSpan().ContainsAny(" \t\r\n:"))
            return (login = null) is not null;
        text = text[(end + 1)..];
        return true;
    }

    private static bool TrySplit(string text, out string host, out bool isBracketed, out int? port)
    {
        (host, port) = (text, null);
        isBracketed = text[0] == '[';
        var end = isBracketed ? text.IndexOf(']', StringComparison.Ordinal) : text.IndexOf(':', StringComparison.Ordinal);
        if (isBracketed && end < 2)
            return false;

        // Several colons without brackets: an address of IPv6, which is told to be written in them.
        if (!isBracketed && end >= 0 && text.IndexOf(':', end + 1) >= 0)
            return IPAddress.TryParse(text, out _);
        host = isBracketed ? text[1..end] : end < 0 ? text : text[..end];
        if (isBracketed && host.StartsWith("IPv6:", StringComparison.OrdinalIgnoreCase))
            host = host[5..];
        var rest = isBracketed ? text[(end + 1)..] : end < 0 ? "" : text[end..];
        if (rest.Length == 0)
            return true;

        var isPort = rest[0] == ':' && int.TryParse(rest[1..], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= 65535;
        port = isPort ? int.Parse(rest[1..], NumberStyles.None, CultureInfo.InvariantCulture) : null;
        return isPort;
    }
}
