using System.Management.Automation;
using MailOps.Client.Mailboxes;
using MailOps.Cmdlets.Runtime;
using MailOps.Wire;

namespace MailOps.Cmdlets.Imap;

/// <summary>The base of cmdlets that work in an account of an IMAP server.</summary>
public abstract class ImapCmdlet : SessionMailboxCmdlet
{
    /// <summary>The port: 993, or 143 if Tls is StartTls or None, unless given or found among Endpoints.</summary>
    [Parameter(ParameterSetName = CredentialSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = CertificateSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = TokenSet, ValueFromPipelineByPropertyName = true)]
    [Alias("ImapPort")]
    [ValidatePort]
    public int? Port { get; set; }

    /// <summary>Starts work with the account, on a connection that is logged in.</summary>
    /// <param name="work">The work. Nothing of the account may be used after it.</param>
    private protected void StartWithAccount(Func<ImapAccount, CancellationToken, Task> work)
    {
        if (Session is { } session)
        {
            Start([session], (used, cancel) => used.UseImapAsync(account => work(account, cancel), cancel));
            return;
        }

        if (OptionsFor(MailProtocol.Imap, Port, plain: 143, underTls: 993) is { } options)
            Start([NameOf(options)], (name, cancel) => WorkAloneAsync(name, options, work, cancel));
    }

    /// <summary>Starts work with the account for each of some folders. What the server refuses for one is that one's error, and the others go on.</summary>
    /// <param name="folders">The folders.</param>
    /// <param name="work">The work.</param>
    private protected void StartWithEach(IReadOnlyList<string> folders, Func<ImapAccount, string, CancellationToken, Task> work) =>
        StartWithAccount(async (account, cancel) =>
        {
            foreach (var folder in folders)
            {
                try
                {
                    await work(account, folder, cancel).ConfigureAwait(false);
                }
                catch (MailSessionException refused) when (refused.IsRefusal)
                {
                    await ErrorAsync(refused, folder).ConfigureAwait(false);
                }
            }
        });

    private async Task WorkAloneAsync(string name, MailboxOptions options, Func<ImapAccount, CancellationToken, Task> work, CancellationToken cancel)
    {
        var account = await ImapAccount.OpenAsync(options, TimeProvider.System, cancel).ConfigureAwait(false);
        await using (account.ConfigureAwait(false))
        {
            await WarnAsync(account.CertificateProblem).ConfigureAwait(false);
            await VerboseAsync($"{name} logged in{(account.AuthMechanism is { } mechanism ? $" with {mechanism}" : "")}.").ConfigureAwait(false);
            await work(account, cancel).ConfigureAwait(false);
            await account.CloseAsync(cancel).ConfigureAwait(false);
        }
    }
}
