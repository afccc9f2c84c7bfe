using System.Security.Cryptography;

namespace RemoteSigning.Cryptoki.Worker;

/// <summary>
/// The worker's side: does for whoever holds the other ends of two streams what <see cref="IHsm"/> can do, and nothing else; makes no key in the
/// token and tells no secret. It has as many threads as sessions; each reads a request in its turn and does it itself.
/// </summary>
public sealed class HsmWorkerServer
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Stream _requests;
    private readonly Stream _answers;
    private readonly Lock _reading = new();
    private readonly Lock _writing = new();
    private Hsm? _hsm;
    private readonly TaskCompletionSource _over = new();
    private bool _isOver;
    private Exception? _failure;
    private long _resident;
    private long _measured;

    private HsmWorkerServer(Stream requests, Stream answers)
    {
        _requests = requests;
        _answers = answers;
    }

    /// <summary>Serves until the requests end, then logs out.</summary>
    /// <exception cref="InvalidDataException">A request was malformed.</exception>
    /// <exception cref="IOException">An answer could not be written.</exception>
    public static void Serve(Stream requests, Stream answers) => new HsmWorkerServer(requests, answers).Run();

    private void Run()
    {
        if (!TryOpen(out int sessions))
        {
            return;
        }

        Thread[] threads = [.. Enumerable.Range(0, sessions).Select(i => new Thread(Work) { IsBackground = true, Name = $"hsm worker {i}" })];
        Array.ForEach(threads, t => t.Start());
        _over.Task.Wait();
        if (Array.TrueForAll(threads, t => t.Join(Patience)))
        {
            _hsm?.Dispose(); // Otherwise an operation hangs, and the login ends with the process.
        }

        if (_failure is { } failure)
        {
            throw failure is InvalidDataException ? new InvalidDataException(failure.Message, failure) : new IOException(failure.Message, failure);
        }
    }

    private bool TryOpen(out int sessions)
    {
        sessions = 0;
        WorkerFrame? frame = WorkerFrame.Read(_requests);
        if (frame is null)
        {
            return false;
        }

        if (frame.Kind != (byte)WorkerVerb.Open)
        {
            throw MessageReader.Malformed($"the first request is {frame.Kind}");
        }

        OpenRequest request = OpenRequest.Read(new MessageReader(frame.Body));
        sessions = request.Options.MaxSessions;
        var logins = new LoginWatch(request.First, request.RefusedPins, isUnderWay => Write(0, WorkerOutcome.Login, new MessageWriter().Flag(isUnderWay)));
        try
        {
            _hsm = Hsm.Open(request.Options, logins);
        }
        catch (Exception e) when (e is HsmException or ArgumentException)
        {
            var state = new WorkerState(0, request.First, Resident(), logins.RefusedPins);
            Refuse(frame.Id, state, e);
            return false;
        }

        Write(frame.Id, WorkerOutcome.Done, State(_hsm).Write(new MessageWriter()));
        return true;
    }

    private void Work()
    {
        Hsm hsm = _hsm!; // It was opened before this thread was started.
        try
        {
            while (Next() is { } frame)
            {
                Answer(hsm, frame);
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException or ObjectDisposedException)
        {
            _failure ??= e;
            _isOver = true;
            _over.TrySetResult();
        }
    }

    private WorkerFrame? Next()
    {
        lock (_reading)
        {
            WorkerFrame? frame = _isOver ? null : WorkerFrame.Read(_requests);
            if (frame is null)
            {
                _isOver = true;
                _over.TrySetResult();
            }

            return frame;
        }
    }

    private void Answer(Hsm hsm, WorkerFrame frame)
    {
        var request = new MessageReader(frame.Body);
        Func<Hsm, MessageWriter, MessageWriter> operation = Decode((WorkerVerb)frame.Kind, request);
        request.End();
        var result = new MessageWriter();
        try
        {
            operation(hsm, result);
        }
        catch (Exception e) when (e is HsmException or CryptographicException or ArgumentException)
        {
            Refuse(frame.Id, State(hsm), e);
            return;
        }

        Write(frame.Id, WorkerOutcome.Done, State(hsm).Write(new MessageWriter()).Raw(result.Body));
    }

    /// <summary>Reads the whole request before anything is done for it.</summary>
    private static Func<Hsm, MessageWriter, MessageWriter> Decode(WorkerVerb verb, MessageReader request)
    {
        const int longestLabel = 64;
        string Label() => request.Text(longestLabel);
        byte[] Data() => request.Bytes(WorkerFrame.MostBytes);
        switch (verb)
        {
            case WorkerVerb.RefusePin:
                (int token, uint returnValue) = (request.Byte(), request.Number());
                return (hsm, to) =>
                {
                    hsm.Token.RefusePin(token, returnValue);
                    return to;
                };
            case WorkerVerb.Probe:
                return static (hsm, to) =>
                {
                    hsm.Probe();
                    return to;
                };
            case WorkerVerb.Exists:
                string label = Label();
                return (hsm, to) => to.Flag(hsm.Exists(label));
            case WorkerVerb.OpenEcdsa:
                label = Label();
                return (hsm, to) =>
                {
                    using ECDsa key = hsm.OpenEcdsa(label);
                    return to.Bytes(key.ExportSubjectPublicKeyInfo());
                };
            case WorkerVerb.Sign:
                (label, bool isRsa) = (Label(), request.Flag());
                HsmSignature one = SignatureFields.Read(request);
                return (hsm, to) => to.Bytes(hsm.Sign(label, isRsa, one));
            case WorkerVerb.Hmac:
                (label, byte[] data) = (Label(), Data());
                return (hsm, to) => to.Bytes(hsm.Hmac(label, data));
            case WorkerVerb.GenerateWrappedRsa:
                (label, int bits) = (Label(), request.Count(ushort.MaxValue));
                return (hsm, to) => WritePair(to, hsm.GenerateWrappedRsa(label, bits));
            case WorkerVerb.GenerateWrappedEcdsa:
                (label, ECCurve curve) = (Label(), CurveField.Read(request.Byte()));
                return (hsm, to) => WritePair(to, hsm.GenerateWrappedEcdsa(label, curve));
            case WorkerVerb.SignWithWrapped:
                (label, data, isRsa) = (Label(), Data(), request.Flag());
                List<HsmSignature> all = ReadSignatures(request);
                return (hsm, to) => WriteAll(to, hsm.SignWithWrapped(label, data, isRsa, all));
            case WorkerVerb.Rewrap:
                (label, string newLabel, data, isRsa) = (Label(), Label(), Data(), request.Flag());
                return (hsm, to) => to.Bytes(hsm.Rewrap(label, newLabel, data, isRsa));
            default:
                throw MessageReader.Malformed($"request {(byte)verb}");
        }
    }

    private static List<HsmSignature> ReadSignatures(MessageReader request)
    {
        List<HsmSignature> signatures = [];
        for (int left = request.Count(WorkerFrame.MostBytes); left > 0; left--)
        {
            signatures.Add(SignatureFields.Read(request));
        }

        return signatures;
    }

    private static MessageWriter WritePair(MessageWriter to, WrappedKeyPair pair) => to.Bytes(pair.WrappedPrivateKey).Bytes(pair.PublicKeyInfo);

    private static MessageWriter WriteAll(MessageWriter to, IReadOnlyList<byte[]> signatures)
    {
        foreach (byte[] signature in signatures)
        {
            to.Bytes(signature);
        }

        return to;
    }

    private void Refuse(uint id, WorkerState state, Exception failure)
    {
        MessageWriter body = state.Write(new MessageWriter()).Text(Cut(failure.Message));
        WorkerOutcome outcome = failure switch
        {
            CryptographicException => WorkerOutcome.NotCryptographic,
            ArgumentException => WorkerOutcome.BadArgument,
            _ => WorkerOutcome.HsmFailed,
        };
        if (failure is HsmException hsm)
        {
            body.Text(hsm.Function).Long(hsm.ReturnValue);
        }

        Write(id, outcome, body);
    }

    private static string Cut(string message) => message.Length <= 1000 ? message : message[..1000];

    private void Write(uint id, WorkerOutcome outcome, MessageWriter body)
    {
        lock (_writing)
        {
            WorkerFrame.Write(_answers, id, (byte)outcome, body.Body);
        }
    }

    private WorkerState State(Hsm hsm) => new(hsm.LoginGeneration, hsm.Token.Current, Resident(), hsm.Token.RefusedPins);

    /// <summary>Bytes of memory, measured once a second at most.</summary>
    private long Resident()
    {
        long now = Environment.TickCount64;
        long measured = Interlocked.Read(ref _measured);
        if ((measured == 0 || now - measured >= 1000) && Interlocked.CompareExchange(ref _measured, now, measured) == measured)
        {
            Interlocked.Exchange(ref _resident, Environment.WorkingSet);
        }

        return Interlocked.Read(ref _resident);
    }
}
