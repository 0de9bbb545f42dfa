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

    private IEnumerable<ConfigurationFinding> TlsReports()
    {
        if (options.Capture || !options.Outbound.Enabled || options.Outbound.TlsReports is not { IsEnabled: true, Domain: var domain })
            return One("TlsReports", null);
        var isSigned = false;
        try
        {
            isSigned = Directory.Exists(options.StorePath) && new DkimKeyStore(options.StorePath).ActiveSelectors(domain).Count > 0;
        }
        catch (DkimKeyException)
        {
            // What is wrong with the key is told under Signing.
        }

        return One("TlsReports", isSigned ? null : Warning($"Reports about TLS come from {domain}, which has no DKIM key here that signs: who gets them by mail must ignore them. Make one with New-DkimKey, publish it and make it active, or give Outbound.TlsReports.Contact an address of a domain that has one.", "RFC 8460 section 3"));
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
