using System.Management.Automation;
using MailOps.Trust.Dkim;

namespace MailOps.Cmdlets.Dkim;

/// <summary>Makes a DKIM key of a mail store active, or takes it out of use.</summary>
/// <para>Of each kind, RSA and Ed25519, a domain has one active key: the one that is made active takes the place of the other,
/// which stays in the store. The file dkim/DOMAIN/active of the store names those that are active. To change keys, make a new one
/// with New-DkimKey, publish its record, make it active here a day later, and remove the old key and its record a week after that,
/// when all that it signed has arrived. A server that runs on the store signs the next message accordingly. Errors: DkimKeyNotFound, DkimKeyOpenToOthers, DkimKeyUnusable, InvalidDkimName,
/// StoreNotFound, DkimKeyUnavailable.</para>
/// <example><code>Set-DkimKey contoso.com 20261129-rsa ./store -Active $true</code><para>Makes that key the one to sign with.</para></example>
/// <example><code>Get-DkimKey contoso.com -StorePath ./store | Set-DkimKey -Active $false -PassThru</code><para>No key of the domain is active any longer.</para></example>
[Cmdlet(VerbsCommon.Set, "DkimKey", SupportsShouldProcess = true)]
[OutputType(typeof(DkimKey))]
public sealed class SetDkimKeyCommand : NamedDkimKeyCommand
{
    /// <summary>True: the key signs. False: it does not.</summary>
    [Parameter(Mandatory = true)]
    public bool Active { get; set; }

    /// <summary>Writes the key; without it nothing is written.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var (domain, selector, store, active, pass) = (Domain, Selector, FullStorePath, Active, PassThru.IsPresent);
        var name = $"{selector}._domainkey.{domain}";
        StartOne(name, async _ =>
        {
            var keys = new DkimKeyStore(store);
            // What cannot be done is said with -WhatIf too.
            keys.Get(domain, selector);
            if (!await ShouldProcessAsync(name, active ? "Sign with this key, in place of another of its kind" : "No longer sign with this key").ConfigureAwait(false))
                return;

            var record = keys.SetActive(domain, selector, active);
            if (pass)
                await OutputAsync(DkimKey.From(record, store)).ConfigureAwait(false);
        });
    }
}
