using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;

namespace MailOps.Cmdlets.Servers;

/// <summary>
/// A script block of an administrator that runs for a server: in a runspace of its own, one call at a time, never on a session's thread, and
/// no longer than it may. It sees what it is given as $_ and, by $using:, the values that variables had when the server was started.
/// </summary>
internal sealed class ServerScript : IDisposable
{
    // How long a script that was told to stop may take for it before its runspace is given up.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    // A client waits five minutes for an answer (RFC 5321 section 4.5.3.2.3): what the call itself does not need of it is for those before it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(280);

    private readonly string _text;
    private readonly string _name;
    private readonly TimeSpan _limit;
    private readonly Dictionary<string, object?> _variables = new(StringComparer.OrdinalIgnoreCase);
    private readonly SemaphoreSlim _turn = new(1, 1);
    private Task<Runspace> _runspace;
    private volatile bool _isDisposed;

    /// <summary>Takes a script block over. To be called on the pipeline thread, whose variables <c>$using:</c> means.</summary>
    /// <param name="script">The script block.</param>
    /// <param name="name">The parameter that it came by, for errors.</param>
    /// <param name="limit">How long a call may take.</param>
    /// <param name="session">Where variables are looked up.</param>
    /// <exception cref="ArgumentException">It uses something of the caller's that is no variable.</exception>
    public ServerScript(ScriptBlock script, string name, TimeSpan limit, SessionState session)
    {
        _name = name;
        _limit = limit;
        var text = script.ToString();
        // From the last on: what stands before keeps its place.
        var start = ParsedStart(script);
        foreach (var used in script.Ast.FindAll(static node => node is UsingExpressionAst, searchNestedScriptBlocks: true).Cast<UsingExpressionAst>().OrderByDescending(one => one.Extent.StartOffset))
        {
            if (used.SubExpression is not VariableExpressionAst { VariablePath: { IsDriveQualified: false } path })
                throw new ArgumentException($"-{name}: '{used.Extent.Text}' cannot be used there; name a variable, as in $using:list.");
            _variables["__using_" + path.UserPath] = session.PSVariable.GetValue(path.UserPath);
            var at = used.Extent.StartOffset - start;
            text = text[..at] + "$__using_" + path.UserPath + text[(at + used.Extent.Text.Length)..];
        }

        _text = text;
        // Before the first who needs it, and on no session's thread.
        _runspace = Task.Run(Open);
    }

    /// <summary>Runs the script for something when its turn comes, and returns what it wrote.</summary>
    /// <param name="input">Makes what the script is given. Called when it is its turn, on a thread of the pool.</param>
    /// <param name="cancel">Ends the wait, and the script.</param>
    /// <exception cref="TimeoutException">It took too long, or those before it did.</exception>
    /// <exception cref="RuntimeException">It threw, or wrote an error.</exception>
    public async Task<IReadOnlyList<object?>> RunAsync(Func<object> input, CancellationToken cancel)
    {
        var patience = Patience - _limit;
        if (!await _turn.WaitAsync(patience, cancel).ConfigureAwait(false))
            throw new TimeoutException($"-{_name}: the script was still busy with other sessions after {patience.TotalSeconds} s.");
        try
        {
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            if (_runspace.IsFaulted)
                _runspace = Task.Run(Open);
            return await RunInAsync(await _runspace.ConfigureAwait(false), input(), cancel).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        // One that is still being opened goes away when it is open.
        _ = _runspace.ContinueWith(static opened => opened.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
    }

    private static int ParsedStart(ScriptBlock script)
    {
        // A block's text is what stands between its braces.
        var extent = script.Ast.Extent;
        return extent.StartOffset + (extent.Text.StartsWith('{') ? 1 : 0);
    }

    private Runspace Open()
    {
        var state = InitialSessionState.CreateDefault2();
        foreach (var (name, value) in _variables)
            state.Variables.Add(new SessionStateVariableEntry(name, value, ""));
        var runspace = RunspaceFactory.CreateRunspace(state);
        runspace.Open();
        return runspace;
    }

    private async Task<IReadOnlyList<object?>> RunInAsync(Runspace runspace, object input, CancellationToken cancel)
    {
        var shell = PowerShell.Create();
        shell.Runspace = runspace;
        // Made anew from its text: the caller's block would run in the caller's runspace, which is busy or gone.
        shell.AddCommand("ForEach-Object").AddParameter("Process", ScriptBlock.Create(_text)).AddParameter("InputObject", input);
        var running = Task.Factory.FromAsync(shell.BeginInvoke(), shell.EndInvoke);
        try
        {
            var output = await running.WaitAsync(_limit, cancel).ConfigureAwait(false);
            if (shell.Streams.Error is [var first, ..])
                throw new RuntimeException($"-{_name}: {first}", first.Exception);
            shell.Dispose();
            return [.. output.Select(one => one?.BaseObject)];
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            await GiveUpAsync(shell, running).ConfigureAwait(false);
            throw e is TimeoutException ? new TimeoutException($"-{_name}: the script took longer than {_limit.TotalSeconds} s and was stopped.") : e;
        }
    }

    private async Task GiveUpAsync(PowerShell shell, Task running)
    {
        _ = shell.BeginStop(null, null);
        await Task.WhenAny(running, Task.Delay(Grace)).ConfigureAwait(false);
        if (running.IsCompleted)
        {
            shell.Dispose();
            return;
        }

        // It does not listen, as inside a call that waits: it keeps its runspace, and the next call gets another.
        if (!_isDisposed)
            _runspace = Task.Run(Open);
    }
}
