using RemoteSigning.Cryptoki.Worker;

namespace RemoteSigning.Cryptoki.Tests;

/// <summary>
/// A worker whose server runs on threads of this process, so that a test can have the module fail. Killed, it is as dead as a process to
/// whoever holds the other ends; what hangs in the module then hangs on, and the login of the process stays.
/// </summary>
internal sealed class InnerWorker : IWorkerProcess
{
    private readonly MemoryPipe _requests = new();
    private readonly MemoryPipe _answers = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Stream Requests => _requests;

    public Stream Answers => _answers;

    public Task Ended => _ended.Task;

    /// <summary>What the server threw, if it did.</summary>
    public Exception? Failure { get; private set; }

    public static InnerWorker Start()
    {
        var worker = new InnerWorker();
        new Thread(worker.Serve) { IsBackground = true }.Start();
        return worker;
    }

    public void Kill()
    {
        _requests.Break();
        _answers.Break();
        _ended.TrySetResult();
    }

    public void Dispose() => Kill();

    private void Serve()
    {
        try
        {
            HsmWorkerServer.Serve(_requests, _answers);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or ObjectDisposedException)
        {
            Failure = e;
        }

        Kill();
    }
}
