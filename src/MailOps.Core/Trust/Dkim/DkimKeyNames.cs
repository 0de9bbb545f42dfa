using MailOps.Dns;

namespace MailOps.Trust.Dkim;

/// <summary>Names of domains and selectors. Both become names of files, and of a record.</summary>
internal static class DkimKeyNames
{
    /// <summary>A domain in the form that signatures and folders have: lower case, A-labels.</summary>
    /// <exception cref="DkimKeyException">It cannot be one.</exception>
    public static string Domain(string text) => Read(text, "domain");

    /// <summary>A selector that fits a domain: one label or several (RFC 6376 section 3.1).</summary>
    /// <exception cref="DkimKeyException">It cannot be one.</exception>
    public static string Selector(string text, string domain)
    {
        var selector = Read(text, "selector");
        var name = $"{selector}._domainkey.{domain}";
        return DnsName.TryParse(name, out _, out _)
            ? selector
            : throw Invalid($"The selector '{selector}' is too long for '{domain}': the record '{name}' would have {name.Length} characters, and 253 are the most.");
    }

    private static string Read(string text, string what)
    {
        // DnsName takes an address for its domain, which a selector or a folder is never meant to be.
        if (text.Contains('@', StringComparison.Ordinal))
            throw Invalid($"'{text}' is no {what}: it has an @. Give the {what} alone.");
        return DnsName.TryParse(text, out var name, out var error) ? name.Ascii : throw Invalid($"'{text}' is no {what}. {error}");
    }

    private static DkimKeyException Invalid(string message) => new(DkimKeyFault.InvalidName, message);
}
