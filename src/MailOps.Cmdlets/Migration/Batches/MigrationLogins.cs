using System.Management.Automation;
using System.Net;
using System.Security;
using MailOps.Client.Mailboxes;
using MailOps.Client.Migration;
using MailOps.Client.Migration.Batches;
using MailOps.Cmdlets.Runtime;

namespace MailOps.Cmdlets.Migration.Batches;

/// <summary>The logins that a worker was given, or that a vault has. None is kept.</summary>
internal sealed class MigrationLogins(MailCmdlet cmdlet, object? from, object? to, ScriptBlock? fromToken, ScriptBlock? toToken)
{
    /// <summary>Finds the login to a mailbox.</summary>
    /// <exception cref="MigrationException">There is none, or what was asked for it failed.</exception>
    public async Task<MigrationLogin> FindAsync(MigrationLoginRequest request, CancellationToken cancel)
    {
        var (given, token, side) = request.IsSource ? (from, fromToken, "From") : (to, toToken, "To");
        if (token is not null)
            return new MigrationLogin(Credential: null, Tokens(token, request.Location));
        var answer = given is null && request.Vault is null
            ? throw Missing($"{request.Location} is on a server, which wants a login: give the worker -{side}Credential or -{side}AccessToken, or make the batch with -{side}Vault.")
            : await cmdlet.OnPipelineAsync(() => Ask(given, request, side)).ConfigureAwait(false);
        return answer.Credential is { } found ? new MigrationLogin(found, Tokens: null) : throw answer.Failure!;
    }

    private AccessTokens Tokens(ScriptBlock script, MailboxLocation location) => location.UserName is { } user
        ? ScriptTokens.From(script, user, cmdlet)
        : throw Missing($"{location} names no account, for which the access token is.");

    // What fails is the mailbox, and not the worker.
    private (NetworkCredential? Credential, MigrationException? Failure) Ask(object? given, MigrationLoginRequest request, string side)
    {
        try
        {
            var value = given is PSObject wrapped ? wrapped.BaseObject : given;
            var found = value switch
            {
                null => FromVault(request),
                ScriptBlock script => script.Invoke(request.User) is [var only] ? only?.BaseObject : null,
                _ => value,
            };
            return Read(found, request.Location) is { } credential
                ? (credential, null)
                : (null, Missing($"-{side}Credential gave no login for {request.Location}: it is to be a credential, or a script block that writes one, or a password for the account that the address names."));
        }
        catch (RuntimeException e) when (e is not PipelineStoppedException)
        {
            return (null, Missing($"The login to {request.Location} was not found: {e.Message}", e));
        }
    }

    // By the address, or else by the account alone.
    private object? FromVault(MigrationLoginRequest request)
    {
        if (cmdlet.InvokeCommand.GetCommand("Get-Secret", CommandTypes.Cmdlet | CommandTypes.Function) is null)
            throw new RuntimeException("there is no Get-Secret. Install it: Install-PSResource Microsoft.PowerShell.SecretManagement.");
        foreach (var name in new[] { $"{request.Location}", request.Location.UserName }.OfType<string>())
        {
            if (cmdlet.InvokeCommand.InvokeScript("Get-Secret -Vault $args[0] -Name $args[1] -ErrorAction Ignore", useNewScope: true, System.Management.Automation.Runspaces.PipelineResultTypes.None, input: null, request.Vault, name) is [{ BaseObject: { } secret }])
                return secret;
        }

        throw new RuntimeException($"the vault {request.Vault} has no secret called {request.Location}{(request.Location.UserName is { } user ? $" or {user}" : "")}.");
    }

    private static NetworkCredential? Read(object? found, MailboxLocation location) => found switch
    {
        PSCredential credential => new NetworkCredential(credential.UserName, credential.Password),
        SecureString password when location.UserName is { } user => new NetworkCredential(user, password),
        string { Length: > 0 } password when location.UserName is { } user => new NetworkCredential(user, password),
        _ => null,
    };

    private static MigrationException Missing(string message, Exception? cause = null) => new(MigrationFault.CredentialMissing, message, cause);
}
