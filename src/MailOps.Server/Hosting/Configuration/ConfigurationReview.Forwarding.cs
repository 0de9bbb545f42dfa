using MailOps.Server.Accounts;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Forwarding;

namespace MailOps.Server.Hosting.Configuration;

/// <content>Aliases that lead to other servers.</content>
public sealed partial class ConfigurationReview
{
    private IEnumerable<ConfigurationFinding> Forwarding()
    {
        if (options.Capture || !Directory.Exists(options.StorePath))
            return One("Forwarding", null);
        AliasListing listing;
        try
        {
            listing = new AliasRegister(options.StorePath, options.Domains).List();
        }
        catch (AccountException)
        {
            // Told by the look at the accounts.
            return One("Forwarding", null);
        }

        if (SenderRewriter.Exposure(Path.Join(options.StorePath, SenderRewriter.NameInStore)) is { } exposed)
            return One("Forwarding", Danger(exposed, evidence: Path.Join(options.StorePath, SenderRewriter.NameInStore)));
        var outside = listing.Aliases.Where(alias => alias.Outside.Count > 0).Select(alias => alias.Name).ToList();
        if (outside.Count == 0)
            return One("Forwarding", null);
        if (!options.Outbound.Enabled)
            return One("Forwarding", Warning($"{Some(outside)} {(outside.Count == 1 ? "leads" : "lead")} to other servers, and this one sends nothing there: mail for {(outside.Count == 1 ? "it" : "them")} is refused. Turn Outbound.Enabled on, or take the targets out with Set-MailAlias.", evidence: listing.Path));
        return One("Forwarding", options.Outbound.SenderRewriting is not SenderRewriting.None ? null
            : Warning($"Mail for {Some(outside)} is sent on to other servers in the name of senders elsewhere, which SPF does not let this server do: it may be refused, or taken for forged. Leave Outbound.SenderRewriting at Srs.", "RFC 7208 section 10.3", listing.Path));
    }
}
