namespace MailOps.Sasl;

/// <summary>LOGIN from the client's side. The prompts are not looked at: servers word them differently, and the order is fixed.</summary>
internal sealed class LoginClient : ISaslClient
{
    private readonly byte[][] _answers;
    private int _next;

    public LoginClient(string user, string password) => _answers = [StrictUtf8.Encode(user), StrictUtf8.Encode(password)];

    public string Mechanism => "LOGIN";

    public ReadOnlyMemory<byte>? InitialResponse => null;

    public bool IsComplete => _next == _answers.Length;

    public ValueTask<ReadOnlyMemory<byte>> StepAsync(ReadOnlyMemory<byte> challenge, CancellationToken cancel)
    {
        if (IsComplete)
            throw new SaslException("The server asked a third question where LOGIN has two.");

        return ValueTask.FromResult<ReadOnlyMemory<byte>>(_answers[_next++]);
    }
}
