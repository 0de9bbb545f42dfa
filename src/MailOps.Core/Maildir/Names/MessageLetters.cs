using System.Numerics;

namespace MailOps.Maildir.Names;

/// <summary>
/// The flags that a file name tells, as bits: the characters of keywords, then the five system flags. Keywords have <c>a</c> to <c>z</c>, which Dovecot
/// reads too; then digits and the capitals that mean nothing in a Maildir, which other programs keep where they stand.
/// </summary>
/// <param name="Bits">Bit 0 is <c>a</c>, bit 26 is <c>0</c>, bit 56 is \Seen.</param>
internal readonly record struct MessageLetters(ulong Bits)
{
    /// <summary>The characters of keywords. P is for passed; D, F, R, S and T are system flags.</summary>
    internal const string OfKeywords = "abcdefghijklmnopqrstuvwxyz0123456789ABCEGHIJKLMNOQUVWXYZ";

    /// <summary>How many of these Dovecot reads: <c>a</c> to <c>z</c>.</summary>
    internal const int Shared = 26;

    private const int SystemShift = 56;

    internal const ulong KeywordMask = (1ul << SystemShift) - 1;

    internal const ulong Mask = (1ul << (SystemShift + 5)) - 1;

    private static readonly sbyte[] Places = MakePlaces();

    internal SystemFlags System => (SystemFlags)(Bits >> SystemShift);

    internal ulong Keywords => Bits & KeywordMask;

    internal static MessageLetters In(ReadOnlySpan<char> info)
    {
        var letters = MessageFileName.Letters(info);
        var bits = (ulong)MessageFileName.SystemFlagsOf(letters) << SystemShift;
        foreach (var letter in letters)
            bits |= BitOf(letter);
        return new MessageLetters(bits);
    }

    /// <summary>The bit of a keyword's character; 0 for any other character.</summary>
    internal static ulong BitOf(char letter) => letter < Places.Length && Places[letter] is >= 0 and var place ? 1ul << place : 0;

    /// <summary>The characters of keywords, in the order of their bits.</summary>
    internal static IEnumerable<char> LettersOf(ulong keywords)
    {
        for (; keywords != 0; keywords &= keywords - 1)
            yield return OfKeywords[BitOperations.TrailingZeroCount(keywords)];
    }

    internal static MessageLetters Of(SystemFlags system, ulong keywords) => new(((ulong)system << SystemShift) | keywords);

    private static sbyte[] MakePlaces()
    {
        var places = new sbyte[128];
        Array.Fill(places, (sbyte)-1);
        for (var i = 0; i < OfKeywords.Length; i++)
            places[OfKeywords[i]] = (sbyte)i;
        return places;
    }
}
