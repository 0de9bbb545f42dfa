using System.Globalization;
using System.Management.Automation;
using MailOps.Trust.Dkim;

namespace MailOps.Cmdlets.Dkim;

/// <summary>Makes a DKIM key for a domain and tells the DNS record to publish.</summary>
/// <para>The private key is the file dkim/DOMAIN/SELECTOR.pem of the store (PKCS#8, for its owner alone), which OpenSSL and OpenDKIM
/// read too. The key signs nothing before it is made active: publish its record, wait until the name servers have it, and use
/// Set-DkimKey -Active $true. A server that runs on the store then signs what it sends to other servers (Start-MailServer -Outbound) with
/// it, where the domain is the one of the author in From. The store's folder is made if it is missing. Errors: DkimKeyExists, InvalidDkimName,
/// InvalidDkimKeySize, DkimKeyUnavailable.</para>
/// <example><code>New-DkimKey contoso.com -StorePath ./store | Format-List RecordName, RecordValue</code><para>Makes an RSA key with today's date as its selector and shows what to publish.</para></example>
/// <example><code>New-DkimKey contoso.com -StorePath ./store -KeyType Rsa, Ed25519 | Select-Object -ExpandProperty ZoneLine | Add-Content contoso.com.zone</code><para>Makes a key of each kind, so that messages get two signatures, and adds both records to a zone file.</para></example>
[Cmdlet(VerbsCommon.New, "DkimKey", SupportsShouldProcess = true)]
[OutputType(typeof(DkimKey))]
public sealed class NewDkimKeyCommand : DkimKeyCommand
{
    /// <summary>The signing domain: the one in the From field of its mail.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[] Domain { get; set; } = [];

    /// <summary>The selector. Without it, today's date (UTC) and the kind of key, such as 20261129-rsa. With two kinds of keys, what -rsa and -ed25519 are put behind.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public string? Selector { get; set; }

    /// <summary>Rsa, which every verifier knows, or Ed25519, which goes beside it, or both. Rsa unless it is given.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public DkimKeyKind[] KeyType { get; set; } = [DkimKeyKind.Rsa];

    /// <summary>The length of an RSA key in bits, 2048 to 4096. 2048 unless it is given.</summary>
    [Parameter]
    public int KeySize { get; set; } = 2048;

    /// <summary>Makes the key active at once. Verifiers that do not find its record yet will not believe the signatures.</summary>
    [Parameter]
    public SwitchParameter Activate { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var (types, size, store, activate) = (KeyType.Distinct().ToArray(), KeySize, FullStorePath, Activate.IsPresent);
        foreach (var domain in Domain)
        {
            foreach (var type in types)
            {
                var selector = SelectorOf(type, types.Length > 1);
                StartOne(domain, async cancel =>
                {
                    if (!await ShouldProcessAsync($"{selector}._domainkey.{domain}", $"Make a DKIM key in '{Path.Combine(store, "dkim")}'{(activate ? " and sign with it" : "")}").ConfigureAwait(false))
                        return;

                    // An RSA key takes a moment to find.
                    var made = await Task.Run(() => new DkimKeyStore(store).Create(domain, selector, type is DkimKeyKind.Rsa ? DkimKeyType.Rsa : DkimKeyType.Ed25519, size, activate), cancel).ConfigureAwait(false);
                    await OutputAsync(DkimKey.From(made, store)).ConfigureAwait(false);
                });
            }
        }
    }

    private string SelectorOf(DkimKeyKind type, bool isOneOfTwo)
    {
        var kind = type is DkimKeyKind.Rsa ? "rsa" : "ed25519";
        if (Selector is null)
            return $"{DateTime.UtcNow.ToString("yyyyMMdd", CultureInfo.InvariantCulture)}-{kind}";
        return isOneOfTwo ? $"{Selector}-{kind}" : Selector;
    }
}
