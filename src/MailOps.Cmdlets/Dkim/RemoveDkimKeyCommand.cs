using System.Management.Automation;
using MailOps.Trust.Dkim;

namespace MailOps.Cmdlets.Dkim;

/// <summary>Removes a DKIM key from a mail store for good.</summary>
/// <para>The file of the private key is deleted. Leave its record in the DNS for a week, so that what it signed is still believed when
/// it arrives. Of an active key a warning says that mail is no longer signed with it. Asks before it removes. Errors:
/// DkimKeyNotFound, InvalidDkimName, StoreNotFound, DkimKeyUnavailable.</para>
/// <example><code>Remove-DkimKey contoso.com 20251129-rsa ./store</code><para>Removes a key after asking.</para></example>
/// <example><code>Get-DkimKey -StorePath ./store | Where-Object { -not $_.IsActive -and $_.Written -lt (Get-Date).AddYears(-1) } | Remove-DkimKey -WhatIf</code><para>Shows which old keys would be removed.</para></example>
[Cmdlet(VerbsCommon.Remove, "DkimKey", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class RemoveDkimKeyCommand : NamedDkimKeyCommand
{
    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var (domain, selector, store) = (Domain, Selector, FullStorePath);
        var name = $"{selector}._domainkey.{domain}";
        StartOne(name, async _ =>
        {
            var keys = new DkimKeyStore(store);
            if (keys.IsActive(domain, selector))
                await WarningAsync($"The key '{name}' is active. When it is gone, mail of '{domain}' is not signed with it: make another active first, with Set-DkimKey.").ConfigureAwait(false);
            if (await ShouldProcessAsync(name, "Remove the DKIM key for good").ConfigureAwait(false))
                keys.Remove(domain, selector);
        });
    }
}
