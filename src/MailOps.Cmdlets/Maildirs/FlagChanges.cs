namespace MailOps.Cmdlets.Maildirs;

/// <summary>What the flags of messages are to become: all of them, or some more and some fewer.</summary>
internal static class FlagChanges
{
    /// <summary>The change in words, for -WhatIf and -Confirm.</summary>
    public static IEnumerable<string> Describe(string[]? all, string[] add, string[] remove)
    {
        if (all is not null)
            yield return all.Length == 0 ? "take off all flags" : $"set the flags to {string.Join(", ", all)}";
        if (add.Length > 0)
            yield return $"add {string.Join(", ", add)}";
        if (remove.Length > 0)
            yield return $"remove {string.Join(", ", remove)}";
    }

    /// <summary>What is wrong with the parameters, or null.</summary>
    public static string? ProblemOf(string[]? all, string[] add, string[] remove) =>
        all is not null && (add.Length > 0 || remove.Length > 0) ? "-Flag says all flags that a message then has. Give it alone, or -AddFlag and -RemoveFlag." : null;
}
