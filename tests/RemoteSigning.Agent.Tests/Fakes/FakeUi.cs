using System.Collections.Concurrent;
using RemoteSigning.Agent.Core;
using RemoteSigning.Agent.Core.Signing;

namespace RemoteSigning.Agent.Tests.Fakes;

/// <summary>A signer who answers as the test says, and remembers what was asked.</summary>
internal sealed class FakeUi : IAgentUi
{
    public bool AsksPerson { get; set; } = true;

    public ConcurrentQueue<PinQuestion> PinQuestions { get; } = new();

    public ConcurrentQueue<SignatureQuestion> SignatureQuestions { get; } = new();

    public Func<PinQuestion, CancellationToken, Task<Secret?>> OnPin { get; set; } = (_, _) => Task.FromResult<Secret?>(new Secret(FakeServer.Pin));

    public Func<SignatureQuestion, CancellationToken, Task<SignatureApproval?>> OnSignature { get; set; } =
        (question, _) => Task.FromResult(Agree(question, FakeServer.Pin, FakeServer.Otp));

    public static SignatureApproval? Agree(SignatureQuestion question, string pin, string otp) =>
        new(question.NeedsPin ? new Secret(pin) : null, question.NeedsOtp ? new Secret(otp) : null);

    public Task<Secret?> AskPinAsync(PinQuestion question, CancellationToken cancellation)
    {
        PinQuestions.Enqueue(question);
        return OnPin(question, cancellation);
    }

    public Task<SignatureApproval?> ApproveAsync(SignatureQuestion question, CancellationToken cancellation)
    {
        SignatureQuestions.Enqueue(question);
        return OnSignature(question, cancellation);
    }
}
