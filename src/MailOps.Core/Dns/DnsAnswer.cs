using System.Collections.Immutable;

namespace MailOps.Dns;

/// <summary>What DNS says about a name: the status, and the records if there are any.</summary>
/// <typeparam name="T">The type of a record.</typeparam>
/// <param name="Name">The name that was asked for.</param>
/// <param name="Status">How the question ended.</param>
/// <param name="Records">The records, in their order of use. Empty unless the status is <see cref="DnsStatus.Answered"/>.</param>
/// <param name="CanonicalName">The name at the end of the CNAME chain, or null if there was no CNAME.</param>
/// <param name="Detail">What was seen, as a sentence: the reason behind every status except <see cref="DnsStatus.Answered"/>.</param>
public sealed record DnsAnswer<T>(DnsName Name, DnsStatus Status, ImmutableArray<T> Records, string? CanonicalName, string Detail)
{
    /// <summary>True if the answer is final: asking again at once gives the same. False where a later try may succeed.</summary>
    public bool IsDefinite => Status is DnsStatus.Answered or DnsStatus.NoData or DnsStatus.NameNotFound;

    /// <summary>
    /// Whether the resolver validated with DNSSEC all that this answer rests on (the AD bit, RFC 6840 section 5.8), and is
    /// believed when it says so: see <see cref="MailResolverOptions.Dnssec"/>. Of a chain of CNAMEs every part, of addresses
    /// each family that has any. The absence of records is validated too. False for what is not signed, and for answers that
    /// are not <see cref="IsDefinite"/>: what fails validation is a <see cref="DnsStatus.ServerFailure"/>.
    /// </summary>
    public bool Authenticated { get; init; }

    /// <summary>The same outcome for another type of record, without records.</summary>
    internal DnsAnswer<TOther> Without<TOther>() => new(Name, Status, [], CanonicalName, Detail) { Authenticated = Authenticated };

    /// <summary>The same answer with its records turned into another type.</summary>
    internal DnsAnswer<TOther> With<TOther>(Func<T, TOther> turn) =>
        new(Name, Status, [.. Records.Select(turn)], CanonicalName, Detail) { Authenticated = Authenticated };
}
