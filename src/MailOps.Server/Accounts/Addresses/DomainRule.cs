namespace MailOps.Server.Accounts.Addresses;

/// <summary>How the local parts of a domain's addresses are read (RFC 5321 section 2.4 leaves that to the host).</summary>
/// <param name="Domain">The domain in canonical form.</param>
/// <param name="Separators">The signs that may stand between a name and a detail (RFC 5233 section 4); empty: there are no details.</param>
/// <param name="IsCaseKept">True if <c>Joe</c> and <c>joe</c> are two names.</param>
/// <param name="AreDotsIgnored">True if <c>j.oe</c> and <c>joe</c> are one name.</param>
public sealed record DomainRule(string Domain, string Separators = DomainRule.DefaultSeparators, bool IsCaseKept = false, bool AreDotsIgnored = false)
{
    /// <summary>The separator of a domain that has no rule of its own.</summary>
    public const string DefaultSeparators = "+";

    /// <summary>The signs that can be separators.</summary>
    public const string PossibleSeparators = "+-_=.~!%*/";

    /// <summary>Names that reach somebody in any case, whatever the rule (RFC 5321 section 4.5.1, RFC 2142 section 4).</summary>
    internal static bool IsRole(string local) =>
        local.Equals("postmaster", StringComparison.OrdinalIgnoreCase) || local.Equals("abuse", StringComparison.OrdinalIgnoreCase);

    /// <summary>A local part in the form in which it is compared; dots are looked past afterwards.</summary>
    internal string Fold(string local) => IsCaseKept && !IsRole(local) ? local : local.ToLowerInvariant();

    /// <summary>A local part and its detail with the separator in front, the longest name first: <c>a-b-c</c>; <c>a-b</c> and <c>-c</c>; <c>a</c> and <c>-b-c</c>.</summary>
    internal IEnumerable<(string Name, string Detail)> Split(string local)
    {
        yield return (local, "");
        for (var at = local.Length - 1; at > 0; at--)
        {
            if (Separators.Contains(local[at], StringComparison.Ordinal))
                yield return (local[..at], local[at..]);
        }
    }

    /// <summary>True if a local part has a detail already, or could be taken for one that has.</summary>
    internal bool HasDetail(string local) => local.Length > 1 && local.AsSpan(1).ContainsAny(Separators.AsSpan());
}
