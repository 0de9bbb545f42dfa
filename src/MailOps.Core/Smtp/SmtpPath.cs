using System.Text;

namespace MailOps.Smtp;

/// <summary>A reverse-path or forward-path of an envelope (RFC 5321 section 4.1.2), without brackets and source route.</summary>
/// <param name="LocalPart">What stands before the @, unquoted. Empty in the null path.</param>
/// <param name="Domain">The domain or address literal as it was given. Empty in the null path and for <c>postmaster</c> alone.</param>
public readonly record struct SmtpPath(string LocalPart, string Domain)
{
    /// <summary>The null reverse-path, <c>&lt;&gt;</c>: a message that must never be answered with a report.</summary>
    public static SmtpPath Null { get; } = new("", "");

    /// <summary>True for <c>&lt;&gt;</c>.</summary>
    public bool IsNull => LocalPart.Length == 0 && Domain.Length == 0;

    /// <summary>True for <c>postmaster</c> without a domain, which every server takes (RFC 5321 section 4.5.1).</summary>
    public bool IsPostmaster => Domain.Length == 0 && LocalPart.Equals("postmaster", StringComparison.OrdinalIgnoreCase);

    /// <summary>False for an address that only SMTPUTF8 can carry (RFC 6531).</summary>
    public bool IsAscii => Ascii.IsValid(LocalPart) && Ascii.IsValid(Domain);

    /// <summary>
    /// The path in the form in which two are compared: the local part composed (NFC), U-labels of the domain as A-labels.
    /// Its case is kept, except in a domain with U-labels.
    /// </summary>
    public SmtpPath ToCanonical() =>
        IsAscii ? this : new SmtpPath(LocalPart.Normalize(), !Ascii.IsValid(Domain) && InternationalText.TryToAscii(Domain, out var ascii) ? ascii : Domain);

    /// <summary>The address as it stands between brackets, its local part quoted where it must be.</summary>
    public override string ToString()
    {
        if (IsNull)
            return "";

        var local = NeedsQuotes(LocalPart)
            ? $"\"{LocalPart.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\""
            : LocalPart;
        return Domain.Length == 0 ? local : $"{local}@{Domain}";
    }

    private static bool NeedsQuotes(string local) =>
        local.Length == 0 || local[0] == '.' || local[^1] == '.'
        || local.Contains("..", StringComparison.Ordinal)
        || local.AsSpan().ContainsAny(" \"(),:;<>@[\\]");
}
