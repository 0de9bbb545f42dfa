using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace MailOps.Server.Accounts;

/// <summary>Names of accounts: <c>local@domain</c>, in lower case, the domain in its ASCII form.</summary>
/// <remarks>
/// The local part is a dot-atom (RFC 5322 section 3.2.3) of at most 64 octets: what can stand in a passwd-file, in a
/// command line and in a path without quoting. Its case is not kept (RFC 5321 section 2.4 leaves that to the host).
/// </remarks>
internal static class AccountName
{
    private const string AtomSigns = "!#$%&'*+-/=?^_`{|}~";

    // IDNA with the rules of host names: no underscore, no space, no sign.
    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = true };

    /// <summary>The canonical name, or false if no account can have that name.</summary>
    /// <param name="text">A full address, or a bare name.</param>
    /// <param name="defaultDomain">The domain of a bare name; without one a bare name is refused.</param>
    /// <param name="name">The canonical name.</param>
    public static bool TryParse(string text, string? defaultDomain, [NotNullWhen(true)] out string? name)
    {
        name = TrySplit(text, defaultDomain, out var local, out var domain) ? local.ToLowerInvariant() + "@" + domain : null;
        return name is not null;
    }

    /// <summary>The local part as it is written, which is one that an account can have, and the canonical domain.</summary>
    public static bool TrySplit(string text, string? defaultDomain, out string local, [NotNullWhen(true)] out string? domain)
    {
        var at = text.LastIndexOf('@');
        local = at < 0 ? text : text[..at];
        domain = null;
        return IsDotAtom(local) && (at < 0 ? defaultDomain : text[(at + 1)..]) is { } host && TryDomain(host, out domain);
    }

    /// <summary>A domain in lower case and ASCII, or false if it is none.</summary>
    public static bool TryDomain(string text, [NotNullWhen(true)] out string? domain)
    {
        domain = null;
        if (text.Length is 0 or > 255 || text[^1] == '.')
            return false;

        try
        {
            domain = Idn.GetAscii(text).ToLowerInvariant();
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static bool IsDotAtom(string local)
    {
        // A number sign in front would make the line a comment.
        if (local.Length is 0 or > 64 || local[0] is '.' or '#' || local[^1] == '.' || local.Contains("..", StringComparison.Ordinal))
            return false;

        foreach (var c in local)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '.' && !AtomSigns.Contains(c, StringComparison.Ordinal))
                return false;
        }

        return true;
    }
}
