namespace MailOps.Server.Queue.Administration;

/// <summary>PowerShell's wildcards: <c>*</c>, <c>?</c>, <c>[a-c]</c>, and <c>`</c> before one that is meant itself. What they cost grows with the text times the pattern, no more.</summary>
internal static class Wildcards
{
    /// <summary>True if a text fits a pattern; case does not matter.</summary>
    public static bool Fit(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        // Only the last star can have to take more: what fits behind an earlier one would fit behind this.
        var (at, star, starAt) = (0, -1, 0);
        var next = 0;
        while (at < text.Length)
        {
            if (next < pattern.Length && pattern[next] == '*')
            {
                (star, starAt) = (++next, at);
                continue;
            }

            if (TryStep(pattern, ref next, text[at]))
            {
                at++;
                continue;
            }

            if (star < 0)
                return false;
            (next, at) = (star, ++starAt);
        }

        return pattern[next..].Trim('*').IsEmpty;
    }

    private static bool TryStep(ReadOnlySpan<char> pattern, ref int next, char c)
    {
        if (next == pattern.Length)
            return false;
        switch (pattern[next])
        {
            case '?':
                next++;
                return true;
            case '[' when pattern[next..].IndexOf(']') is > 1 and var end:
                if (!IsIn(pattern.Slice(next + 1, end - 1), c))
                    return false;
                next += end + 1;
                return true;
            case '`' when next + 1 < pattern.Length:
                if (!AreAlike(pattern[next + 1], c))
                    return false;
                next += 2;
                return true;
            default:
                if (!AreAlike(pattern[next], c))
                    return false;
                next++;
                return true;
        }
    }

    private static bool IsIn(ReadOnlySpan<char> set, char c)
    {
        for (var i = 0; i < set.Length; i++)
        {
            if (i + 2 < set.Length && set[i + 1] == '-')
            {
                if (Fold(c) >= Fold(set[i]) && Fold(c) <= Fold(set[i + 2]))
                    return true;
                i += 2;
            }
            else if (AreAlike(set[i], c))
            {
                return true;
            }
        }

        return false;
    }

    private static bool AreAlike(char one, char other) => one == other || Fold(one) == Fold(other);

    private static char Fold(char c) => char.ToLowerInvariant(c);
}
