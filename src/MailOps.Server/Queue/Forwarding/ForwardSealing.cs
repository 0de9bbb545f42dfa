using System.Net;
using System.Net.Sockets;
using MailOps.Dns;
using MailOps.Server.Queue.Signing;
using MailOps.Trust.Arc;

namespace MailOps.Server.Queue.Forwarding;

/// <summary>Seals mail that aliases lead to other servers (RFC 8617), in the name of the domain of each alias that has a DKIM key.</summary>
/// <param name="signer">The keys.</param>
/// <param name="resolver">Asks for the keys of others.</param>
/// <param name="clock">The time.</param>
internal sealed class ForwardSealing(OutboundSigner signer, MailResolver resolver, TimeProvider clock)
{
    // For a chain as a whole: the client waits meanwhile. A key that is not there in time is as good as none (section 5.2.1).
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>Seals a message.</summary>
    /// <param name="message">The message as it is sent, taken to its end.</param>
    /// <param name="recipients">Who gets it.</param>
    /// <param name="hostName">This server's name.</param>
    /// <param name="client">The address of the client that it came from, or null.</param>
    /// <param name="login">The account that submitted it, or null.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>The sets by domain; null if there are none.</returns>
    public async Task<IReadOnlyDictionary<string, string>?> SealAsync(ArcMessage message, IEnumerable<EnvelopeRecipient> recipients, string hostName, IPAddress? client, string? login, CancellationToken cancel)
    {
        var domains = recipients.Select(recipient => recipient.Via).OfType<string>().Select(via => via[(via.LastIndexOf('@') + 1)..]).Distinct(StringComparer.Ordinal).Where(signer.Seals).ToList();
        if (domains.Count == 0 || message.IsTooLong)
            return null;

        var chain = ArcChain.Read(message.Header.Span);
        var status = await StatusAsync(message, chain, cancel);
        var seals = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var domain in domains)
        {
            if (await signer.SealAsync(message, chain, status, Results(hostName, status, client, login), domain) is { } seal)
                seals[domain] = seal;
        }

        return seals.Count > 0 ? seals : null;
    }

    // What was looked at, and no more (RFC 8601 section 2.2; smtp.remote-ip: RFC 8617 section 10.2).
    private static string Results(string hostName, ArcStatus status, IPAddress? client, string? login)
    {
        var address = client is null ? "" : client.AddressFamily is AddressFamily.InterNetwork ? $" smtp.remote-ip={client}" : $" smtp.remote-ip=\"{client}\"";
        return $"{hostName}; arc={status.ToString().ToLowerInvariant()}{address}{(login is null ? "" : $"; auth=pass smtp.auth={login}")}";
    }

    private async Task<ArcStatus> StatusAsync(ArcMessage message, ArcChain chain, CancellationToken cancel)
    {
        using var deadline = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, deadline.Token);
        try
        {
            return (await new ArcEvaluator(AskAsync, clock).EvaluateAsync(message, chain, either.Token)).Status;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return ArcStatus.Fail;
        }
    }

    private async Task<IReadOnlyList<string>?> AskAsync(string name, CancellationToken cancel)
    {
        if (!DnsName.TryParse(name, out var parsed, out _))
            return null;
        var answer = await resolver.TxtAsync(parsed, cancel);
        return answer.IsDefinite ? [.. answer.Records.Select(record => record.Text)] : null;
    }
}
