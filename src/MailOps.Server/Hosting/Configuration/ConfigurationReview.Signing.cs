using MailOps.Trust.Dkim;

namespace MailOps.Server.Hosting.Configuration;

/// <content>DKIM signatures of what goes to other servers.</content>
public sealed partial class ConfigurationReview
{
    private IEnumerable<ConfigurationFinding> Signing()
    {
        if (options.Capture || !options.Outbound.Enabled || !Directory.Exists(options.StorePath))
            return One("Signing", null);

        var store = new DkimKeyStore(options.StorePath);
        var found = new List<ConfigurationFinding>();
        try
        {
            foreach (var domain in store.Domains())
                found.AddRange(Unusable(store, domain));
        }
        catch (DkimKeyException e)
        {
            found.Add(Unsigned(e, options.StorePath));
        }

        return found.Count > 0 ? found : One("Signing", null);
    }

    private static IEnumerable<ConfigurationFinding> Unusable(DkimKeyStore store, string domain)
    {
        IReadOnlyList<string> selectors = [];
        DkimKeyException? fault = null;
        try
        {
            selectors = store.ActiveSelectors(domain);
        }
        catch (DkimKeyException e)
        {
            fault = e;
        }

        if (fault is not null)
            yield return Unsigned(fault, store.ActivePathOf(domain));
        foreach (var selector in selectors)
        {
            fault = null;
            try
            {
                store.SigningKey(domain, selector).Dispose();
            }
            catch (DkimKeyException e)
            {
                fault = e;
            }

            if (fault is not null)
                yield return Unsigned(fault, store.PathOf(domain, selector));
        }
    }

    private static ConfigurationFinding Unsigned(DkimKeyException fault, string path) =>
        Warning($"Mail is sent without the DKIM signature of a key that cannot be used, and may be taken for forged. {fault.Message}", "RFC 6376 section 5.2", path) with { Check = "Signing" };
}
