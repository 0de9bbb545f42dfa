using MailOps.Server.Accounts;

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

        var outside = listing.Aliases.Where(alias => alias.Outside.Count > 0).Select(alias => alias.Name).ToList();
        return One("Forwarding", outside.Count == 0 || options.Outbound.Enabled ? null
            : Warning($"{Some(outside)} {(outside.Count == 1 ? "leads" : "lead")} to other servers, and this one sends nothing there: mail for {(outside.Count == 1 ? "it" : "them")} is refused. Turn Outbound.Enabled on, or take the targets out with Set-MailAlias.", evidence: listing.Path));
    }
}
