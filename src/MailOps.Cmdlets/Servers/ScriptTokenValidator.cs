using System.Management.Automation;
using System.Management.Automation.Runspaces;
using MailOps.Sasl;

namespace MailOps.Cmdlets.Servers;

/// <summary>
/// A script block that says whose a token is. It runs in runspaces of its own, on their threads and never on a session's, and
/// is stopped when its time is over.
/// </summary>
internal sealed class ScriptTokenValidator : ITokenValidator, IDisposable
{
    // A few, so that one token that takes long does not hold up the others.
    private const int MostAtOnce = 4;

    private readonly string _script;
    private readonly TimeSpan _limit;
    private readonly RunspacePool _pool;
    private readonly SemaphoreSlim _free = new(MostAtOnce);

    /// <summary>Takes the text of a script block: what it says of variables outside of it means nothing here.</summary>
    public ScriptTokenValidator(ScriptBlock script, TimeSpan limit)
    {
        _script = script.ToString();
        _limit = limit;
        _pool = RunspaceFactory.CreateRunspacePool(InitialSessionState.CreateDefault());
        _pool.SetMaxRunspaces(MostAtOnce);
        _pool.Open();
    }

    /// <inheritdoc/>
    public async ValueTask<TokenVerdict> ValidateAsync(string token, string? user, CancellationToken cancel)
    {
        using var time = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        time.CancelAfter(_limit);
        try
        {
            await _free.WaitAsync(time.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return TokenVerdict.Unavailable("the script for tokens is busy with others");
        }

        var shell = PowerShell.Create();
        shell.RunspacePool = _pool;
        shell.AddScript(_script).AddArgument(token).AddArgument(user);
        var work = Task.Factory.FromAsync(shell.BeginInvoke(), shell.EndInvoke);
        // The runspace is given back when the script has ended, which one that cannot be stopped may put off.
        _ = work.ContinueWith(
            (_, state) =>
            {
                ((PowerShell)state!).Dispose();
                _free.Release();
            },
            shell,
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default);
        try
        {
            var output = await work.WaitAsync(time.Token).ConfigureAwait(false);
            return Read(output);
        }
        catch (OperationCanceledException)
        {
            shell.BeginStop(callback: null, state: null);
            cancel.ThrowIfCancellationRequested();
            return TokenVerdict.Unavailable(FormattableString.Invariant($"the script for tokens took longer than {_limit.TotalSeconds:0} seconds"));
        }
        catch (RuntimeException e)
        {
            return TokenVerdict.Unavailable($"the script for tokens failed: {e.Message.Replace(token, "[hidden]", StringComparison.Ordinal)}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _pool.Dispose();

    // One text, or nothing. Two names would leave open which is meant, and $false is no name.
    private static TokenVerdict Read(PSDataCollection<PSObject> output)
    {
        var values = output.Where(one => one?.BaseObject is not null).Select(one => one.BaseObject).ToArray();
        return values switch
        {
            [] or [false] or [""] => TokenVerdict.Refused("the script for tokens names no account"),
            [string name] => TokenVerdict.For(name),
            [_] => TokenVerdict.Unavailable($"the script for tokens wrote a {values[0].GetType().Name}, not the name of an account"),
            _ => TokenVerdict.Unavailable($"the script for tokens wrote {values.Length} objects, not the name of one account"),
        };
    }
}
