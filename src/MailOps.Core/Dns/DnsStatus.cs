namespace MailOps.Dns;

/// <summary>How a question to DNS ended. Each of these is a result; none is thrown.</summary>
public enum DnsStatus
{
    /// <summary>There are records.</summary>
    Answered,

    /// <summary>The name exists, but has no record of the type that was asked for (RFC 2308 section 2.2).</summary>
    NoData,

    /// <summary>The name does not exist: NXDOMAIN (RFC 2308 section 2.1).</summary>
    NameNotFound,

    /// <summary>The resolver could not find out: SERVFAIL, a broken zone, a failed DNSSEC validation, a CNAME loop.</summary>
    ServerFailure,

    /// <summary>The resolver does not answer this client, or not this question: REFUSED, NOTIMP, FORMERR.</summary>
    Refused,

    /// <summary>No answer came in time, after all retries.</summary>
    TimedOut,

    /// <summary>The resolver could not be reached: nothing listens there, no route, its name is not known, none is configured.</summary>
    Unreachable,

    /// <summary>What came back was not a DNS answer to the question.</summary>
    Malformed,
}
