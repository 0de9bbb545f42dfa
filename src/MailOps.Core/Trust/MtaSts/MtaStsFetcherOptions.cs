using System.Security.Cryptography.X509Certificates;

namespace MailOps.Trust.MtaSts;

/// <summary>How policies are fetched.</summary>
public sealed record MtaStsFetcherOptions
{
    /// <summary>How long a fetch may take, from the lookup of the policy host to the last octet (RFC 8461 section 3.3: a minute).</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The authorities that policy hosts' certificates must come from. Null: those that the system trusts.</summary>
    public X509Certificate2Collection? TrustedRoots { get; init; }

    /// <summary>
    /// What sends the requests, in the place of the fetcher's own handler: it must check certificates, and follow no
    /// redirect. Null for the fetcher's own. It is not disposed.
    /// </summary>
    public HttpMessageHandler? Handler { get; init; }

    /// <summary>The port of policy hosts. Always 443, but where tests have servers of their own.</summary>
    internal int Port { get; init; } = 443;

    /// <summary>The clock that ends a fetch.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
