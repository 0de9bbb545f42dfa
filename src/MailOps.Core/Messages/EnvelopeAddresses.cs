using System.Text;
using MimeKit;
using MimeKit.Utils;

namespace MailOps.Messages;

/// <summary>Reads a field of addresses for an envelope. MimeKit reads the addresses; display names keep their encoded words.</summary>
internal static class EnvelopeAddresses
{
    // MimeKit decodes encoded words; an envelope carries them as they were sent. So what begins one is hidden from it by
    // a character that does not follow '=' anywhere in the field, and put back in the names that come out.
    private static ReadOnlySpan<byte> Disguises => "!#$%&*+^`{|}~"u8;

    /// <summary>The addresses of a field, groups with their start and end.</summary>
    /// <param name="raw">The field's value, folded as it lies in the message.</param>
    public static IReadOnlyList<EnvelopeAddress> Read(byte[] raw)
    {
        var disguise = raw.AsSpan().IndexOf("=?"u8) >= 0 ? ChooseDisguise(raw) : (byte)0;
        if (disguise != 0)
            raw = Replace(raw, (byte)'?', disguise);
        if (!InternetAddressList.TryParse(MessageStructure.ParserOptions, raw, out var list))
            return [];

        var addresses = new List<EnvelopeAddress>(list.Count);
        Add(addresses, list, disguise);
        return addresses;
    }

    private static void Add(List<EnvelopeAddress> addresses, InternetAddressList list, byte disguise)
    {
        foreach (var address in list)
        {
            if (address is MailboxAddress mailbox)
            {
                addresses.Add(new EnvelopeAddress(
                    Name(mailbox.Name, disguise),
                    mailbox.Route.Count > 0 ? mailbox.Route.ToString().TrimEnd(':') : null,
                    // RFC 3501 section 7.4.2: the local part after removing RFC 2822 quoting.
                    Revealed(MimeUtils.Unquote(mailbox.LocalPart), disguise),
                    Revealed(mailbox.Domain, disguise)));
            }
            else if (address is GroupAddress group)
            {
                addresses.Add(new EnvelopeAddress(null, null, Name(group.Name, disguise) ?? "", null));
                Add(addresses, group.Members, disguise);
                addresses.Add(default);
            }
        }
    }

    private static string? Name(string? name, byte disguise) => string.IsNullOrEmpty(name) ? null : Revealed(name, disguise);

    private static string Revealed(string text, byte disguise) =>
        disguise == 0 ? text : text.Replace("=" + (char)disguise, "=?", StringComparison.Ordinal);

    private static byte ChooseDisguise(ReadOnlySpan<byte> raw)
    {
        Span<byte> pair = [(byte)'=', 0];
        foreach (var candidate in Disguises)
        {
            pair[1] = candidate;
            if (raw.IndexOf(pair) < 0)
                return candidate;
        }

        return 0;
    }

    private static byte[] Replace(ReadOnlySpan<byte> raw, byte from, byte to)
    {
        var copy = raw.ToArray();
        for (var i = 1; i < copy.Length; i++)
        {
            if (copy[i] == from && copy[i - 1] == (byte)'=')
                copy[i] = to;
        }

        return copy;
    }
}
