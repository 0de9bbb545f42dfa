using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MailOps.Smtp;

namespace MailOps.Server.Smtp;

/// <summary>What XCLIENT says of a client. An attribute that is not given, or given as not available, is null.</summary>
internal sealed class XClientAttributes
{
    private const string Ipv6Tag = "IPV6:";

    private readonly HashSet<string> _given = new(StringComparer.Ordinal);

    /// <summary>The attributes that are taken.</summary>
    public static IReadOnlyList<string> Names { get; } = ["NAME", "ADDR", "PORT", "PROTO", "HELO", "LOGIN"];

    /// <summary>True if nothing was said.</summary>
    public bool IsEmpty => _given.Count == 0;

    /// <summary>True if the address was given, even as unknown.</summary>
    public bool HasAddress => _given.Contains("ADDR");

    /// <summary>The name that the client's address has in DNS.</summary>
    public string? Name { get; private set; }

    /// <summary>The client's address.</summary>
    public IPAddress? Address { get; private set; }

    /// <summary>The client's port.</summary>
    public ushort? Port { get; private set; }

    /// <summary>True if the client greeted with EHLO.</summary>
    public bool IsExtended { get; private set; }

    /// <summary>The name that the client greeted with.</summary>
    public string? Helo { get; private set; }

    /// <summary>The account that the client logged in to at the proxy.</summary>
    public string? Login { get; private set; }

    /// <summary>Takes an attribute.</summary>
    /// <param name="name">In capitals.</param>
    /// <param name="value">As it stands behind the equals sign, or null without one.</param>
    /// <returns>The reply that refuses it, or null.</returns>
    public SmtpReply? Take(string name, string? value)
    {
        if (!Names.Contains(name, StringComparer.Ordinal))
            return Refuse($"Attribute {name} is not taken; {string.Join(' ', Names)} are");
        if (!_given.Add(name))
            return Refuse($"Attribute {name} is given twice");
        if (value is not null && value.ToUpperInvariant() is "[UNAVAILABLE]" or "[TEMPUNAVAIL]")
            return null;
        return Xtext.TryDecode(value, out var text) && TakeText(name, text) ? null : Refuse($"Bad value of attribute {name}");
    }

    private static SmtpReply Refuse(string text) => new(501, new EnhancedStatusCode(5, 5, 4), text);

    private bool TakeText(string name, string text)
    {
        switch (name)
        {
            case "NAME":
                Name = text;
                return true;
            case "ADDR":
                return TakeAddress(text);
            case "PORT":
                var isPort = ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port);
                Port = port;
                return isPort;
            case "PROTO":
                IsExtended = text.Equals("ESMTP", StringComparison.OrdinalIgnoreCase);
                return IsExtended || text.Equals("SMTP", StringComparison.OrdinalIgnoreCase);
            case "HELO":
                Helo = text;
                return true;
            default:
                Login = text;
                return true;
        }
    }

    private bool TakeAddress(string text)
    {
        var isIpv6 = text.StartsWith(Ipv6Tag, StringComparison.OrdinalIgnoreCase);
        if (!IPAddress.TryParse(isIpv6 ? text.AsSpan(Ipv6Tag.Length) : text, out var address)
            || address.AddressFamily != (isIpv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork)
            || (!isIpv6 && address.ToString() != text))
        {
            return false;
        }

        Address = address;
        return true;
    }
}
