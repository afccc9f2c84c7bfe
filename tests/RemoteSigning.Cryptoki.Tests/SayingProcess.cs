using RemoteSigning.Cryptoki.Worker;

namespace RemoteSigning.Cryptoki.Tests;

/// <summary>A worker that says these bytes, whatever it is asked, and then no more.</summary>
internal sealed class SayingProcess(byte[] bytes) : IWorkerProcess
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Stream Requests { get; } = new MemoryStream();

    public Stream Answers { get; } = new MemoryStream(bytes);

    public Task Ended => _ended.Task;

    public void Kill() => _ended.TrySetResult();

    public void Dispose()
    {
        Requests.Dispose();
        Answers.Dispose();
    }
}
