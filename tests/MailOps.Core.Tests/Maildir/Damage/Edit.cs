using CsCheck;

namespace MailOps.Core.Tests.Maildir.Damage;

/// <summary>One thing that can happen to the octets of a file: what a failing disk, an editor or another program leaves behind.</summary>
/// <param name="Kind">What happens.</param>
/// <param name="At">Where, in thousandths of the length.</param>
/// <param name="Length">How many octets.</param>
/// <param name="Octet">What is put there.</param>
internal readonly record struct Edit(EditKind Kind, int At, int Length, byte Octet)
{
    // Octets that mean something to the readers come often.
    private static readonly byte[] Telling = "0123456789 :,\n\t\0+-VNGWS=abz\xFF"u8.ToArray();

    internal static Gen<Edit> Any { get; } = Gen.Select(
        Gen.Int[0, Enum.GetValues<EditKind>().Length - 1],
        Gen.Int[0, 1000],
        Gen.Int[1, 40],
        Gen.OneOf(Gen.Byte, Gen.Int[0, Telling.Length - 1].Select(i => Telling[i])),
        (kind, at, length, octet) => new Edit((EditKind)kind, at, length, octet));

    internal static Edit Random(Random random) => new(
        (EditKind)random.Next(Enum.GetValues<EditKind>().Length),
        random.Next(1001),
        random.Next(1, 41),
        random.Next(2) == 0 ? (byte)random.Next(256) : Telling[random.Next(Telling.Length)]);

    /// <summary>The octets after it.</summary>
    internal byte[] On(byte[] octets)
    {
        if (octets.Length == 0)
            return Kind == EditKind.Insert ? [Octet] : octets;
        var start = Math.Min((int)((long)octets.Length * At / 1000), octets.Length - 1);
        var end = Math.Min(start + Length, octets.Length);
        switch (Kind)
        {
            case EditKind.FlipBit:
                return With(octets, start, (byte)(octets[start] ^ (1 << (Octet & 7))));
            case EditKind.Replace:
                return With(octets, start, Octet);
            case EditKind.Insert:
                return [.. octets[..start], .. Enumerable.Repeat(Octet, Length), .. octets[start..]];
            case EditKind.Remove:
                return [.. octets[..start], .. octets[end..]];
            case EditKind.Truncate:
                return octets[..start];
            case EditKind.Zero:
                return [.. octets[..start], .. new byte[end - start], .. octets[end..]];
            case EditKind.Splice:
                // A piece of it stands where another should.
                var from = Octet * octets.Length / 256;
                return [.. octets[..start], .. octets[from..Math.Min(from + Length, octets.Length)], .. octets[end..]];
            default:
                var line = LineAt(octets, start);
                return Kind == EditKind.RepeatLine
                    ? [.. octets[..line.End], .. octets[line.Start..]]
                    : [.. octets[..line.Start], .. octets[line.End..], .. octets[line.Start..line.End]];
        }
    }

    private static byte[] With(byte[] octets, int at, byte octet)
    {
        var other = (byte[])octets.Clone();
        other[at] = octet;
        return other;
    }

    private static (int Start, int End) LineAt(byte[] octets, int at)
    {
        var start = octets.AsSpan(0, at).LastIndexOf((byte)'\n') + 1;
        var length = octets.AsSpan(start).IndexOf((byte)'\n') + 1;
        return (start, length == 0 ? octets.Length : start + length);
    }
}
