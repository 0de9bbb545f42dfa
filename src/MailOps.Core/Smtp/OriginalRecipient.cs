namespace MailOps.Smtp;

/// <summary>Whom a message was for before anybody forwarded it: ORCPT (RFC 3461 section 4.2).</summary>
/// <param name="Type">The type of the address, such as <c>rfc822</c> or <c>utf-8</c>.</param>
/// <param name="Address">The address, decoded.</param>
internal readonly record struct OriginalRecipient(string Type, string Address)
{
    // RFC 3461 section 4.2.
    private const int LongestValue = 500;

    private const string Utf8Type = "utf-8";

    /// <summary>Reads the parameter's value.</summary>
    internal static bool TryParse(string value, out OriginalRecipient recipient)
    {
        recipient = default;
        var semicolon = value.IndexOf(';', StringComparison.Ordinal);
        if (semicolon <= 0 || value.Length > LongestValue)
            return false;

        var type = value[..semicolon];
        var encoded = value.AsSpan(semicolon + 1);
        var isUtf8 = type.Equals(Utf8Type, StringComparison.OrdinalIgnoreCase);
        var address = "";
        if (!type.All(c => char.IsAsciiLetterOrDigit(c) || c == '-')
            || !(isUtf8 ? Xtext.TryDecodeUtf8Address(encoded, out address) : Xtext.TryDecode(encoded, out address)))
        {
            return false;
        }

        recipient = new OriginalRecipient(type, address);
        return true;
    }

    /// <summary>As it stands in a report.</summary>
    public override string ToString() => $"{Type};{Address}";
}
