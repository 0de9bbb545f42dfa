namespace MailOps.Client.Mailboxes.Wire;

/// <summary>
/// NULs of a message that its server shows as 0x80 in BODY[], which can carry none, and as they are in BINARY[] (RFC 3516), where encoded
/// parts are decoded: Dovecot does.
/// </summary>
internal static class NulOctets
{
    private const byte Substitute = 0x80;

    /// <summary>True if there is a 0x80 that is no part of a character in UTF-8, or may be none where the octets before it are not seen.</summary>
    public static bool MayBeHidden(ReadOnlySpan<byte> octets)
    {
        for (var from = 0; octets[from..].IndexOf(Substitute) is >= 0 and var found; from += found + 1)
        {
            if (!IsInCharacter(octets[..(from + found)]))
                return true;
        }

        return false;
    }

    /// <summary>Puts NULs where they are known to be.</summary>
    /// <param name="body">The octets of BODY[], which are changed.</param>
    /// <param name="binary">Those of BINARY[]: the same as far as the first encoded part, and behind the last.</param>
    /// <returns>True if there was one.</returns>
    public static bool Restore(Span<byte> body, ReadOnlySpan<byte> binary)
    {
        var (isRestored, shorter) = (false, Math.Min(body.Length, binary.Length));
        var start = 0;
        for (; start < shorter && IsSame(body[start], binary[start]); start++)
            isRestored |= Put(ref body[start], binary[start]);
        for (var end = 1; end <= shorter - start && IsSame(body[^end], binary[^end]); end++)
            isRestored |= Put(ref body[^end], binary[^end]);
        return isRestored;
    }

    private static bool IsSame(byte shown, byte real) => shown == real || (shown == Substitute && real == 0);

    private static bool Put(ref byte shown, byte real)
    {
        var isNul = shown == Substitute && real == 0;
        shown = real;
        return isNul;
    }

    // RFC 3629 section 4: how many octets follow the first.
    private static bool IsInCharacter(ReadOnlySpan<byte> before) => before switch
    {
        [.., >= 0xc2 and <= 0xf4] => true,
        [.., >= 0xe0 and <= 0xf4, >= 0x80 and <= 0xbf] => true,
        [.., >= 0xf0 and <= 0xf4, >= 0x80 and <= 0xbf, >= 0x80 and <= 0xbf] => true,
        _ => false,
    };
}
