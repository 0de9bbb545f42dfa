using System.Numerics;

namespace MailOps.Maildir.Names;

/// <summary>The flags that a file name tells, as bits: the letters <c>a</c> to <c>z</c> of keywords, then the five system flags.</summary>
/// <param name="Bits">Bit 0 is <c>a</c>; bit 26 is \Seen.</param>
internal readonly record struct MessageLetters(uint Bits)
{
    private const int SystemShift = 26;

    internal const uint KeywordMask = (1u << SystemShift) - 1;

    internal const uint Mask = (1u << (SystemShift + 5)) - 1;

    internal SystemFlags System => (SystemFlags)(Bits >> SystemShift);

    internal uint Keywords => Bits & KeywordMask;

    internal static MessageLetters In(ReadOnlySpan<char> info)
    {
        var letters = MessageFileName.Letters(info);
        var bits = (uint)MessageFileName.SystemFlagsOf(letters) << SystemShift;
        foreach (var letter in letters)
        {
            if (letter is >= 'a' and <= 'z')
                bits |= 1u << (letter - 'a');
        }

        return new MessageLetters(bits);
    }

    /// <summary>The letters of keywords, ascending.</summary>
    internal static IEnumerable<char> LettersOf(uint keywords)
    {
        for (; keywords != 0; keywords &= keywords - 1)
            yield return (char)('a' + BitOperations.TrailingZeroCount(keywords));
    }

    internal static MessageLetters Of(SystemFlags system, uint keywords) => new(((uint)system << SystemShift) | keywords);
}
