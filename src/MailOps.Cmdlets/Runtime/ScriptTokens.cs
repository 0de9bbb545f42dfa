using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Net;
using System.Security;
using MailOps.Client.Mailboxes;
using MailOps.Wire;

namespace MailOps.Cmdlets.Runtime;

/// <summary>Access tokens as they are given to a cmdlet.</summary>
internal static class ScriptTokens
{
    /// <summary>Takes a token, or a script block that gives one.</summary>
    /// <param name="given">What was given.</param>
    /// <param name="user">The account, which the script block is told as its first argument.</param>
    /// <param name="owner">The cmdlet on whose pipeline a script block runs; null for that whose work needs it.</param>
    /// <exception cref="ArgumentException">It is neither.</exception>
    public static AccessTokens From(object given, string user, MailCmdlet? owner = null)
    {
        var value = given is PSObject wrapped ? wrapped.BaseObject : given;
        if (value is ScriptBlock script)
        {
            var home = Runspace.DefaultRunspace?.InstanceId;
            return new AccessTokens(_ => AskAsync(script, user, home, owner));
        }

        var token = TextOf(value) ?? throw new ArgumentException($"-AccessToken takes a string, a SecureString or a script block that writes one, and no {value.GetType().Name}.");
        return new AccessTokens(_ => Task.FromResult(token));
    }

    // On the thread of the pipeline that needs it, as every script of the user's.
    private static async Task<string> AskAsync(ScriptBlock script, string user, Guid? home, MailCmdlet? owner)
    {
        var cmdlet = owner ?? MailCmdlet.Current ?? throw Failed("there is no command running in which it could be called.", thrown: null);
        var answer = await cmdlet.OnPipelineAsync(() => Ask(script, user, home)).ConfigureAwait(false);
        return answer.Token ?? throw answer.Failure!;
    }

    // What it throws is an answer: the login fails by it, and not the pipeline.
    private static (string? Token, MailSessionException? Failure) Ask(ScriptBlock script, string user, Guid? home)
    {
        try
        {
            // A script block belongs to its session, which another cannot call while that is busy.
            var callable = Runspace.DefaultRunspace?.InstanceId == home ? script : ScriptBlock.Create(script.ToString());
            var written = callable.Invoke(user);
            return written.Count == 1 && TextOf(written[0]?.BaseObject) is { } token
                ? (token, null)
                : (null, Failed($"it writes {(written.Count == 1 ? $"no token but {written[0]?.BaseObject.GetType().Name ?? "nothing"}" : $"{written.Count} objects")}. It is to write one string or SecureString.", thrown: null));
        }
        catch (RuntimeException e) when (e is not PipelineStoppedException)
        {
            return (null, Failed(e.Message, e));
        }
    }

    private static string? TextOf(object? value) => value switch
    {
        string { Length: > 0 } text => text,
        SecureString { Length: > 0 } secret => new NetworkCredential("", secret).Password,
        _ => null,
    };

    private static MailSessionException Failed(string why, Exception? thrown) => new(MailSessionFault.TokenFailed, $"The script for the access token failed: {why}", thrown);
}
