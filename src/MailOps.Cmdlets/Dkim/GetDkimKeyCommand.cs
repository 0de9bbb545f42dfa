using System.Management.Automation;
using MailOps.Trust.Dkim;

namespace MailOps.Cmdlets.Dkim;

/// <summary>Lists the DKIM keys of a mail store with their DNS records.</summary>
/// <para>What is written is public; the private key never is. A key that cannot sign, because others may read its file or because it
/// is damaged, is an error, and the others are listed all the same. A domain or selector without wildcards that has no key is the
/// error DkimKeyNotFound. Further errors: DkimKeyOpenToOthers, DkimKeyUnusable, DkimKeyUnavailable, InvalidDkimName, StoreNotFound.</para>
/// <example><code>Get-DkimKey -StorePath ./store</code><para>Lists all keys and says which are active.</para></example>
/// <example><code>Get-DkimKey contoso.com -StorePath ./store | Select-Object -ExpandProperty ZoneLine</code><para>Writes the records of a domain as lines of a zone file.</para></example>
[Cmdlet(VerbsCommon.Get, "DkimKey")]
[OutputType(typeof(DkimKey))]
public sealed class GetDkimKeyCommand : DkimKeyCommand
{
    /// <summary>The domain, with wildcards. All domains unless it is given.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string Domain { get; set; } = "*";

    /// <summary>The selector, with wildcards. All selectors unless it is given.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string Selector { get; set; } = "*";

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var (domain, selector, store) = (Domain, Selector, FullStorePath);
        StartOne($"{selector}._domainkey.{domain}", async _ =>
        {
            var keys = new DkimKeyStore(store);
            var (ofDomain, ofSelector) = (new WildcardPattern(domain, WildcardOptions.IgnoreCase), new WildcardPattern(selector, WildcardOptions.IgnoreCase));
            var found = false;
            foreach (var one in keys.Domains().Where(ofDomain.IsMatch))
            {
                foreach (var name in keys.Selectors(one).Where(ofSelector.IsMatch))
                {
                    found = true;
                    try
                    {
                        await OutputAsync(DkimKey.From(keys.Get(one, name), store)).ConfigureAwait(false);
                    }
                    catch (DkimKeyException e)
                    {
                        await ErrorAsync(ErrorOf(e, $"{name}._domainkey.{one}")).ConfigureAwait(false);
                    }
                }
            }

            if (!found && !(WildcardPattern.ContainsWildcardCharacters(domain) && WildcardPattern.ContainsWildcardCharacters(selector)))
                throw new DkimKeyException(DkimKeyFault.NotFound, $"There is no key with the selector '{selector}' for '{domain}' in '{Path.Combine(store, "dkim")}'. New-DkimKey makes one.");
        });
    }
}
