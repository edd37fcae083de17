//! The rows of the word embeddings that a step reads, as a table of their own: gradients of all other rows are zeros, and
//! are made once a step instead of once a micro-batch.
//! A model and micro-batches go in, the same with fewer rows come out; and gradients, and then they are of the whole table.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, IndexingUpdateOp, Int, Tensor, TensorData};
use welt_models::{Encoder, EncoderInput, Memory, Tagger};

/// Rows of the table by their numbers, each once.
pub(crate) struct WordTable {
    /// Ascending.
    rows: Vec<i32>,
}

impl WordTable {
    /// The rows that some inputs read of a model; none where the whole table is to be used.
    ///
    /// That is so on a device with a memory of its own, which would have to be waited for, and where the table is not
    /// trained.
    pub fn of<'a>(model: &Tagger, inputs: impl Iterator<Item = &'a EncoderInput>) -> Option<Self> {
        // The others look ids up in that table and nowhere else: RoBERTa counts positions by them.
        let counts_by_ids = matches!(model.encoder, Encoder::Roberta(_));
        if counts_by_ids || model.memory() != Memory::Shared || !is_trained(model) {
            return None;
        }
        let mut rows: Vec<i32> = inputs.flat_map(ids).collect();
        rows.sort_unstable();
        rows.dedup();
        Some(Self { rows })
    }

    /// The model with these rows alone, and the input with their numbers among them.
    pub fn narrow(&self, model: Tagger, input: &EncoderInput) -> (Tagger, EncoderInput) {
        let number = |id: i32| self.rows.binary_search(&id).unwrap_or_default() as i32;
        let numbers: Vec<i32> = ids(input).into_iter().map(number).collect();
        let (shape, device) = (input.input_ids.dims(), input.input_ids.device());
        let input_ids = Tensor::from_data(TensorData::new(numbers, shape), &device);
        let model = model.map(&mut Narrow { table: self, path: Path::default() });
        (model, EncoderInput { input_ids, ..input.clone() })
    }

    /// Gradients of the rows as those of the whole table.
    pub fn widen(&self, model: &Tagger, gradients: GradientsParams) -> GradientsParams {
        let mut widen = Widen { table: self, gradients, path: Path::default() };
        model.visit(&mut widen);
        widen.gradients
    }

    fn indices(&self, device: &Device) -> Tensor<1, Int> {
        Tensor::from_data(TensorData::new(self.rows.clone(), [self.rows.len()]), device)
    }
}

fn ids(input: &EncoderInput) -> Vec<i32> {
    input.input_ids.to_data().iter::<i32>().collect()
}

/// Where a visit is.
#[derive(Default)]
struct Path(Vec<String>);

impl Path {
    fn is_table(&self) -> bool {
        self.0.ends_with(&["word_embeddings".to_owned(), "weight".to_owned()])
    }
}

/// Whether the table is there and trained.
fn is_trained(model: &Tagger) -> bool {
    struct Find(Path, bool);
    impl ModuleVisitor for Find {
        fn enter_module(&mut self, name: &str, _: &str) {
            self.0.0.push(name.to_owned());
        }

        fn exit_module(&mut self, _: &str, _: &str) {
            self.0.0.pop();
        }

        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.1 |= self.0.is_table() && param.val().is_require_grad();
        }
    }
    let mut find = Find(Path::default(), false);
    model.visit(&mut find);
    find.1
}

struct Narrow<'a> {
    table: &'a WordTable,
    path: Path,
}

impl ModuleMapper for Narrow<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.0.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.0.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if !self.path.is_table() {
            return param;
        }
        let (id, table, mapper) = param.consume();
        let table = table.inner();
        let rows = table.clone().select(0, self.table.indices(&table.device()));
        Param::from_mapped_value(id, Tensor::from_inner(rows).require_grad(), mapper)
    }
}

struct Widen<'a> {
    table: &'a WordTable,
    gradients: GradientsParams,
    path: Path,
}

impl ModuleVisitor for Widen<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.0.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.0.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if self.path.is_table()
            && let Some(rows) = self.gradients.remove::<D>(param.id)
        {
            let device = rows.device();
            let whole = Tensor::<D>::zeros(param.shape(), &device);
            let whole = whole.select_assign(0, self.table.indices(&device), rows, IndexingUpdateOp::Add);
            self.gradients.register::<D>(param.id, whole);
        }
    }
}

#[cfg(test)]
mod tests {
    use welt_models::{Dropout, EncoderConfig};

    use super::*;

    /// The bits of all gradients.
    struct Bits<'a>(&'a GradientsParams, Vec<(Vec<usize>, Vec<f32>)>);

    impl ModuleVisitor for Bits<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let gradient = self.0.get::<D>(param.id).unwrap();
            self.1.push((gradient.dims().to_vec(), gradient.to_data().iter::<f32>().collect()));
        }
    }

    #[test]
    fn gradients_are_those_of_the_whole_table() {
        let sizes = serde_json::json!({
            "vocab_size": 40, "hidden_size": 12, "num_hidden_layers": 1, "num_attention_heads": 2,
            "intermediate_size": 20, "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0,
            "max_position_embeddings": 8, "type_vocab_size": 2,
        });
        let sizes: EncoderConfig = serde_json::from_value(sizes).unwrap();
        let model = sizes.init(3, 1, &Device::flex()).train();
        let device = model.classifier.weight.val().device();
        let input = EncoderInput::from_rows(&[&[3, 30, 3, 39], &[7, 3]], 0, &device);
        let gradients = |model: &Tagger, input: &EncoderInput| {
            let rows = Tensor::from_data(TensorData::new(vec![0, 1, 2, 3, 4, 5], [6]), &device);
            let loss = model.forward(input, rows, &mut Dropout::off()).square().sum();
            GradientsParams::from_grads(loss.backward(), model)
        };
        let words = WordTable::of(&model, [&input].into_iter()).unwrap();
        assert_eq!(words.rows, [0, 3, 7, 30, 39]);
        let (narrow, narrow_input) = words.narrow(model.clone(), &input);
        let [plain, widened] =
            [gradients(&model, &input), words.widen(&model, gradients(&narrow, &narrow_input))].map(|gradients| {
                let mut bits = Bits(&gradients, Vec::new());
                model.visit(&mut bits);
                bits.1
            });
        assert_eq!(plain, widened);
    }
}
