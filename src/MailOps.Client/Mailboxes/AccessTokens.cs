using System.Net;
using MailOps.Wire;

namespace MailOps.Client.Mailboxes;

/// <summary>
/// Gives access tokens to logins: one is asked for when it is first needed, and again when a server has refused it. Connections that log in at
/// the same time share it, and who asks is asked by one of them.
/// </summary>
/// <param name="renew">Gives a token; called by one at a time.</param>
public sealed class AccessTokens(Func<CancellationToken, Task<string>> renew)
{
    private readonly SemaphoreSlim _turn = new(1);
    private string? _token;

    /// <summary>The token that is known, or a new one.</summary>
    internal async Task<AccessToken> GetAsync(CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            if (_token is { } known)
                return new AccessToken(known, IsFresh: false);
            return new AccessToken(_token = await renew(cancel).ConfigureAwait(false), IsFresh: true);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Forgets a token that a server refused, unless there is another already.</summary>
    internal async Task RefuseAsync(AccessToken token, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        if (_token == token.Text)
            _token = null;
        _turn.Release();
    }

    /// <summary>Logs in with a token if that is what there is: once more with a new one where the server refuses one that was used before.</summary>
    /// <param name="options">How to log in.</param>
    /// <param name="open">Connects and logs in with a credential.</param>
    /// <param name="cancel">Ends the wait.</param>
    internal static async Task<T> LogInAsync<T>(MailboxOptions options, Func<MailboxOptions, Task<T>> open, CancellationToken cancel)
    {
        if (options.Tokens is not { } tokens)
            return await open(options).ConfigureAwait(false);
        while (true)
        {
            var token = await tokens.GetAsync(cancel).ConfigureAwait(false);
            try
            {
                return await open(options with { Credential = new NetworkCredential(options.Credential?.UserName ?? "", token.Text) }).ConfigureAwait(false);
            }
            catch (MailSessionException e) when (e.Fault == MailSessionFault.AuthenticationFailed)
            {
                await tokens.RefuseAsync(token, cancel).ConfigureAwait(false);
                if (token.IsFresh)
                    throw;
            }
        }
    }
}
