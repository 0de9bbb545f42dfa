using System.Buffers;

namespace MailOps.Trust.Dkim;

/// <summary>The canonical form of a header field (RFC 6376 sections 3.4.1 and 3.4.2).</summary>
internal static class HeaderCanon
{
    /// <summary>Writes a field in canonical form.</summary>
    /// <param name="line">The field with its folded lines; the line end at its end is kept, if it has one.</param>
    /// <param name="canonicalization">Which form.</param>
    /// <param name="output">Where to.</param>
    public static void Write(ReadOnlySpan<byte> line, DkimCanonicalization canonicalization, IBufferWriter<byte> output)
    {
        if (canonicalization is DkimCanonicalization.Simple)
        {
            output.Write(line);
            return;
        }

        var colon = line.IndexOf((byte)':');
        var space = output.GetSpan(line.Length + 2);
        var length = 0;
        foreach (var octet in line[..colon].TrimEnd(" \t"u8))
            space[length++] = octet is >= (byte)'A' and <= (byte)'Z' ? (byte)(octet | 0x20) : octet;
        space[length++] = (byte)':';

        // Unfolding takes line ends out; what is left of runs of white space is one space, at the ends of the value none.
        var begun = false;
        var afterSpace = false;
        foreach (var octet in line[(colon + 1)..])
        {
            if (octet is (byte)' ' or (byte)'\t')
            {
                afterSpace = begun;
            }
            else if (octet is not ((byte)'\r' or (byte)'\n'))
            {
                if (afterSpace)
                    space[length++] = (byte)' ';
                (begun, afterSpace) = (true, false);
                space[length++] = octet;
            }
        }

        if (line.EndsWith("\r\n"u8))
        {
            space[length++] = (byte)'\r';
            space[length++] = (byte)'\n';
        }

        output.Advance(length);
    }
}
