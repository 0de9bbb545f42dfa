using System.Buffers;

namespace MailOps.Messages;

/// <summary>
/// Reads a field of ordinary addresses, <c>a@example.com, A Name &lt;b@example.com&gt;, "Name, A" &lt;c@example.com&gt;</c>, straight into
/// a record. Anything else (comments, groups, routes, escapes, other than ASCII, international domains) is left to MimeKit.
/// </summary>
internal static class AddressScanner
{
    // RFC 5322 section 3.2.3, atext.
    private const string Atext = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/=?^_`{|}~";

    private static readonly SearchValues<byte> DotAtom = SearchValues.Create([.. Atext.Select(c => (byte)c), (byte)'.']);

    private static readonly SearchValues<byte> Phrase = SearchValues.Create([.. Atext.Select(c => (byte)c), (byte)'.', (byte)' ']);

    private static readonly SearchValues<byte> Quoted = SearchValues.Create(
        [.. Enumerable.Range(' ', '~' - ' ' + 1).Where(octet => octet is not ('"' or '\\')).Select(octet => (byte)octet)]);

    /// <summary>Writes the addresses of a field.</summary>
    /// <param name="value">The field's value, folded.</param>
    /// <param name="record">Where they are written to; nothing is, if false is returned.</param>
    /// <returns>False if there is anything else than ordinary addresses.</returns>
    public static bool TryWrite(ReadOnlySpan<byte> value, RecordWriter record)
    {
        var start = record.Length;
        var length = record.Fixed(0);
        do
        {
            if (!TryWriteOne(ref value, record))
            {
                record.RewindTo(start);
                return false;
            }
        }
        while (Is(ref value, (byte)','));
        record.SetFixed(length, (uint)(record.Length - length - 4));
        return true;
    }

    private static bool TryWriteOne(scoped ref ReadOnlySpan<byte> value, RecordWriter record)
    {
        value = SkipSpace(value);
        ReadOnlySpan<byte> name = default;
        if (!Is(ref value, (byte)'<'))
        {
            if (!TryName(ref value, out name))
                return false;
            if (!Is(ref value, (byte)'<'))
            {
                // No name, then: the local part before the at sign.
                if (!Is(ref value, (byte)'@') || !TryDomain(ref value, out var alone) || !IsLocalPart(name))
                    return false;
                value = SkipSpace(value);
                Write(record, default, name, alone);
                return value.IsEmpty || value[0] == (byte)',';
            }
        }

        var local = Run(ref value, DotAtom);
        if (!IsLocalPart(local) || !Is(ref value, (byte)'@') || !TryDomain(ref value, out var domain) || !Is(ref value, (byte)'>'))
            return false;
        value = SkipSpace(value);
        Write(record, name, local, domain);
        return value.IsEmpty || value[0] == (byte)',';
    }

    // Atoms with single lines of white space between them, or one quoted string; then the octet behind the white space.
    private static bool TryName(scoped ref ReadOnlySpan<byte> value, out ReadOnlySpan<byte> name)
    {
        if (Is(ref value, (byte)'"'))
        {
            name = Run(ref value, Quoted);
            if (!Is(ref value, (byte)'"'))
                return false;
            value = SkipSpace(value);
            return !value.IsEmpty && value[0] == (byte)'<';
        }

        name = Run(ref value, Phrase);
        if (name.IsEmpty || name[0] == (byte)'.' || value.IsEmpty)
            return false;
        // An address without a name is written without a space before its at sign, or it is odd.
        if (value[0] == (byte)'@')
            return !name.Contains((byte)' ');
        name = name.TrimEnd((byte)' ');
        value = SkipSpace(value);
        return !value.IsEmpty && value[0] == (byte)'<';
    }

    private static bool TryDomain(scoped ref ReadOnlySpan<byte> value, out ReadOnlySpan<byte> domain)
    {
        domain = Run(ref value, DotAtom);
        return IsLocalPart(domain) && domain.IndexOf("--"u8) < 0;
    }

    private static bool IsLocalPart(ReadOnlySpan<byte> atoms) =>
        !atoms.IsEmpty && atoms[0] != (byte)'.' && atoms[^1] != (byte)'.' && atoms.IndexOf(".."u8) < 0;

    private static void Write(RecordWriter record, ReadOnlySpan<byte> name, ReadOnlySpan<byte> local, ReadOnlySpan<byte> domain)
    {
        if (name.IsEmpty)
            record.Byte(0);
        else
            record.Text(name);
        record.Byte(0);
        record.Text(local);
        record.Text(domain);
    }

    private static ReadOnlySpan<byte> Run(scoped ref ReadOnlySpan<byte> value, SearchValues<byte> octets)
    {
        var end = value.IndexOfAnyExcept(octets);
        var run = end < 0 ? value : value[..end];
        value = value[run.Length..];
        return run;
    }

    private static bool Is(scoped ref ReadOnlySpan<byte> value, byte octet)
    {
        if (value.IsEmpty || value[0] != octet)
            return false;
        value = value[1..];
        return true;
    }

    private static ReadOnlySpan<byte> SkipSpace(ReadOnlySpan<byte> value) => value.TrimStart(" \t\r\n"u8);
}
